// What N photos take and cost on other machines: arithmetic on what was measured here, a table of instance
// types and assumptions. docs/plan.md has the formulas.
//
//   const Forecast forecast = MakeForecast({.photos = 90'380, .costs = {f32, int8}, .here = ThisMachine(),
//   ...}); forecast.offers[*forecast.recommended].seconds.expected;
//
// Threads: a plain function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/forecast/assumptions.h"
#include "fruits/forecast/instance_table.h"
#include "fruits/forecast/photo_cost.h"

namespace fruits {

// The machine that the costs were measured on.
struct Machine {
  int cpus = 1;
  int threads_per_core = 1;
  std::string isa = "avx2";
};
Machine ThisMachine();

enum class SetUp { kOneMachine, kStandalone, kEmr };
std::string_view ToString(SetUp setup);  // "one machine", "Spark standalone", "EMR"

struct Range {
  double low = 0;
  double expected = 0;
  double high = 0;
};

// One set-up in one arithmetic, of the machines that suit best.
struct Offer {
  SetUp setup = SetUp::kOneMachine;
  std::string precision = {};
  bool measured = true;      // its arithmetic was
  std::string problem = {};  // not empty: this set-up cannot be; nothing below counts
  std::string type = {};     // of the machine, or of each worker
  std::string master = {};   // "" where there is none
  std::string region = {};   // of them all
  int workers = 1;
  Range seconds = {};                   // from ordering the machines to run.json
  Range cost = {};                      // on demand, requests to S3 and EMR's idle end included
  std::optional<Range> spot_cost = {};  // workers (of EMR's all but two), or the one machine, on spot
  Range million_seconds = {};           // a million photos on the same machines
  Range million_cost = {};
  bool in_time = true;    // within the deadline, or the assumed one where none is set
  bool verified = false;  // the prices
};

struct ForecastQuestion {
  std::uint64_t photos = 0;
  std::optional<double> deadline_seconds = {};
  std::vector<SetUp> setups = {SetUp::kOneMachine, SetUp::kStandalone, SetUp::kEmr};
  std::vector<PhotoCost> costs = {};
  bool reads_bucket = false;  // the costs' read_seconds are a bucket's, by this machine's line
  bool reads_files = true;    // all of INPUT is this machine's
  Machine here = {};
  std::vector<InstanceType> types = {};
  Assumptions assumptions = {};
};

struct Forecast {
  std::vector<Offer> offers;               // set-ups in the order asked, each in the order of costs
  std::optional<std::size_t> recommended;  // none: nothing can be, or is within the deadline
  std::string reason;
};

Forecast MakeForecast(const ForecastQuestion& question);

// Of the measured costs the least CpuShare(), where it says that other work had more than half of this
// machine: INPUT is files, that were not waited for, and more photos were measured than it takes to fill the
// CPUs. None: the measurement is good.
std::optional<double> ShareOfBusyMachine(const ForecastQuestion& question);

// int8 from a cost in f32 by the speeds of FindIsaSpeed; `reason`: why it was not measured.
PhotoCost AssumeInt8(const PhotoCost& f32, const Machine& here, std::string reason);

}  // namespace fruits
