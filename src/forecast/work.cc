#include "forecast/work.h"

#include <algorithm>

namespace fruits {
namespace {

constexpr double kReaders = 64;  // that a run has at a bucket

}  // namespace

double CoreUnits(int cpus, int threads_per_core, const Assumptions& assumptions) {
  return threads_per_core < 2 || cpus < 2 ? cpus : 0.5 * cpus * (1 + assumptions.smt_gain);
}

double NetworkSpeed(std::string_view isa, std::string_view precision) {
  const auto speed = FindIsaSpeed(isa);
  if (!speed) return 0;
  return precision == "int8" ? speed->int8 : speed->f32;
}

double PhotoSecondsOn(const InstanceType& type, const PhotoCost& cost, const ForecastQuestion& question) {
  const Assumptions& assumed = question.assumptions;
  // CPU seconds here are seconds of a thread; in cores they are fewer where two threads share one.
  const Machine& here = question.here;
  const double core_seconds =
      cost.core_seconds * CoreUnits(here.cpus, here.threads_per_core, assumed) / std::max(1, here.cpus);
  const double faster =
      NetworkSpeed(type.isa, cost.precision) / std::max(1e-9, NetworkSpeed(here.isa, cost.precision));
  const double work = core_seconds * (cost.network_share / std::max(1e-9, faster) + 1 - cost.network_share);
  const double computing = work / (CoreUnits(type.vcpu, type.threads_per_core, assumed) * assumed.cores_busy);
  const double megabytes = cost.photo_bytes * 1e-6;
  double read = assumed.s3_read_ms * 1e-3 + megabytes / assumed.s3_connection_mb_s;
  // A line that is slow here, as a laptop's, is not the one that a machine in the bucket's region has.
  if (question.reads_bucket) read = std::min(read, cost.read_seconds);
  return std::max({computing, read / kReaders, megabytes / assumed.network_mb_s});
}

double SpeedRange(const InstanceType& type, const PhotoCost& cost, const ForecastQuestion& question) {
  const bool is_alike = type.isa == question.here.isa && cost.measured;
  return is_alike ? question.assumptions.speed_range : question.assumptions.other_isa_range;
}

}  // namespace fruits
