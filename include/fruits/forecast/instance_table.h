// A table of instance types that anyone may bring up to date: a CSV file, `#` lines are remarks.
//
//   FRUITS_TRY(const auto types, ReadInstanceTable("share/fruits/instances.csv"));
//
//   type,vcpu,threads_per_core,memory_gib,isa,on_demand,spot,emr,region,source,date,verified
//   c6i.xlarge,4,2,8,avx512_vnni,0.202,0.081,0.0505,eu-west-3,where the prices were read,2026-11-26,false
//
// Prices are of one hour, in one currency; spot and emr may be empty: not to be had so. `isa` is the
// instruction set as `fruits doctor` names it. `type` (small letters, digits, '-' and one '.') and `region`
// (letters, digits and '-') are fit for a command as they are; a type may stand once for each region.
// `verified` is true where somebody has read the source and found the prices there. Threads: plain functions.
// Memory: the file, at most 1 MiB.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"

namespace fruits {

struct InstanceType {
  std::string name;
  int vcpu = 0;
  int threads_per_core = 1;  // 2: a vCPU is half a core
  double memory_gib = 0;
  std::string isa;
  double on_demand = 0;
  std::optional<double> spot;  // changes by the hour
  std::optional<double> emr;   // EMR's surcharge, to be paid on top
  std::string region;
  std::string source;
  std::string date;  // of the prices, ISO 8601
  bool verified = false;
};

// kInvalidArgument: a bad row; the message has file, line, column, value and what was expected.
Result<std::vector<InstanceType>> ParseInstanceTable(std::string_view text, std::string_view file);
// The same from a file. kNotFound, kIo.
Result<std::vector<InstanceType>> ReadInstanceTable(const std::string& file);

}  // namespace fruits
