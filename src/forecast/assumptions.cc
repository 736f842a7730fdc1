#include "fruits/forecast/assumptions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace fruits {
namespace {

constexpr AssumptionInfo kTable[] = {
    {"boot_seconds", &Assumptions::boot_seconds, 0, 3600, "an instance boots and installs Fruits"},
    {"spark_start_seconds", &Assumptions::spark_start_seconds, 0, 3600,
     "Spark starts its executors, and they their engines"},
    {"emr_start_seconds", &Assumptions::emr_start_seconds, 0, 7200,
     "EMR makes a cluster, bootstrap included; it is paid for"},
    {"emr_idle_seconds", &Assumptions::emr_idle_seconds, 0, 604'800,
     "EMR's primary and core nodes are paid for after the job, until the cluster ends as it is idle"},
    {"spark_efficiency", &Assumptions::spark_efficiency, 0.1, 1,
     "of the workers' speed that is left with Spark: waiting for the last task, one engine a core"},
    {"cores_busy", &Assumptions::cores_busy, 0.1, 1, "share of the time in which an engine's cores are busy"},
    {"smt_gain", &Assumptions::smt_gain, 0, 1, "what the second thread of a core adds to the first"},
    {"s3_read_ms", &Assumptions::s3_read_ms, 0, 10'000,
     "until the first byte of an object of S3, in its region; less where a bucket was read faster here"},
    {"s3_connection_mb_s", &Assumptions::s3_connection_mb_s, 0.1, 10'000, "of one connection to S3"},
    {"network_mb_s", &Assumptions::network_mb_s, 1, 100'000, "of an instance's network"},
    {"s3_get_price_per_million", &Assumptions::s3_get_price_per_million, 0, 1000,
     "a million GET requests; one is made a photo"},
    {"speed_range", &Assumptions::speed_range, 0, 0.9,
     "a core there may be so much slower or faster than this one would be"},
    {"other_isa_range", &Assumptions::other_isa_range, 0, 0.9,
     "the same where its instruction set is another one, or int8 was not measured"},
    {"price_range", &Assumptions::price_range, 0, 0.9, "an unverified price may be so much lower or higher"},
    {"here_range", &Assumptions::here_range, 0, 0.9, "the same for the time on this machine"},
    {"soft_deadline_hours", &Assumptions::soft_deadline_hours, 0.01, 100'000,
     "without a deadline: what is meant to be done in this time, where it can be"},
};

// f32: 256-bit FMA is 1; 512 bits double that, at lower clocks and in the network's large layers alone. int8:
// VNNI sums four products an instruction; AMX more, but then memory is what counts.
constexpr IsaSpeed kSpeeds[] = {
    {"baseline", 0.3, 0.3, false},   {"avx2", 1.0, 1.3, false},        {"avx2_vnni", 1.0, 2.2, true},
    {"avx512", 1.5, 2.0, false},     {"avx512_vnni", 1.5, 3.75, true}, {"avx512_bf16", 1.5, 3.75, true},
    {"avx512_fp16", 1.6, 4.0, true}, {"amx", 1.6, 4.8, true},
};

}  // namespace

std::span<const AssumptionInfo> AssumptionTable() { return kTable; }

Status SetAssumption(Assumptions& assumptions, std::string_view name, std::string_view text) {
  for (const AssumptionInfo& info : kTable) {
    if (info.name != name) continue;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() ||
        !(value >= info.low && value <= info.high)) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} '{}': expected a number from {} to {}", name, text, info.low, info.high));
    }
    assumptions.*info.value = value;
    return {};
  }
  std::string names;
  for (const AssumptionInfo& info : kTable) names += (names.empty() ? "" : ", ") + std::string(info.name);
  return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}': expected one of {}", name, names));
}

std::optional<IsaSpeed> FindIsaSpeed(std::string_view isa) {
  const auto* found = std::ranges::find(kSpeeds, isa, &IsaSpeed::isa);
  if (found == std::end(kSpeeds)) return std::nullopt;
  return *found;
}

std::string IsaNames() {
  std::string names;
  for (const IsaSpeed& speed : kSpeeds) names += (names.empty() ? "" : ", ") + std::string(speed.isa);
  return names;
}

}  // namespace fruits
