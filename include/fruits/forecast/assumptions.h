// What a forecast takes for granted because nothing here can measure it. Each has a name, a value that can be
// set, and a reason; `fruits plan` prints those that it used.
//
//   Assumptions assumptions;
//   FRUITS_CHECK(SetAssumption(assumptions, "boot_seconds", "60"));
//
// Threads: a value type.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fruits/core/error.h"

namespace fruits {

struct Assumptions {
  double boot_seconds = 120;
  double spark_start_seconds = 45;
  double emr_start_seconds = 480;
  double emr_idle_seconds = 900;
  double spark_efficiency = 0.85;
  double cores_busy = 0.95;
  double smt_gain = 0.2;
  double s3_read_ms = 30;
  double s3_connection_mb_s = 40;
  double network_mb_s = 300;
  double s3_get_price_per_million = 0.4;
  double speed_range = 0.25;
  double other_isa_range = 0.4;
  double price_range = 0.25;
  double here_range = 0.1;
  double soft_deadline_hours = 24;
};

struct AssumptionInfo {
  std::string_view name;
  double Assumptions::* value;
  double low;
  double high;
  std::string_view help;
};

std::span<const AssumptionInfo> AssumptionTable();
// kInvalidArgument: no such name, or a value out of its range.
Status SetAssumption(Assumptions& assumptions, std::string_view name, std::string_view text);

// What one core computes of a network, in times of a core with AVX2 in f32. These are assumptions too: large
// convolutions gain more by int8 (ResNet50 3.5 times with AVX-512 VNNI), depthwise ones less.
struct IsaSpeed {
  std::string_view isa;
  double f32;
  double int8;
  bool has_vnni;  // without, sums of int8 can saturate: no machine to rent for it
};
std::optional<IsaSpeed> FindIsaSpeed(std::string_view isa);
std::string IsaNames();  // with commas between

}  // namespace fruits
