// What tests of the forecast ask it: costs, types and questions whose answers a reader can reckon.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fruits/forecast/forecast.h"

namespace fruits {

// 10 s of start, 100 ms of CPU time a photo on one core, all of it the network's.
inline PhotoCost Cost(std::string precision = "f32") {
  return {.model = "net",
          .precision = std::move(precision),
          .reason = {},
          .photos = 500,
          .start_seconds = 6,
          .fit_seconds = 3,
          .finish_seconds = 1,
          .carried_seconds = 10,
          .photo_seconds = 0.05,
          .core_seconds = 0.1};
}

inline InstanceType Type(std::string name, int vcpu, double price) {
  return {.name = std::move(name),
          .vcpu = vcpu,
          .threads_per_core = 1,
          .memory_gib = 4.0 * vcpu,
          .isa = "avx512_vnni",
          .on_demand = price,
          .spot = price / 2,
          .emr = price / 4,
          .region = "eu-west-3",
          .source = "test",
          .date = "2026-11-26",
          .verified = true};
}

// No boot, no ranges, no requests: what is left is arithmetic that a reader can do.
inline ForecastQuestion Question(std::uint64_t photos, std::vector<InstanceType> types) {
  ForecastQuestion question{.photos = photos,
                            .costs = {Cost()},
                            .here = {.cpus = 2, .threads_per_core = 1, .isa = "avx512_vnni"},
                            .types = std::move(types)};
  Assumptions& assumed = question.assumptions;
  assumed.boot_seconds = assumed.spark_start_seconds = 0;
  assumed.emr_start_seconds = assumed.emr_idle_seconds = 0;
  assumed.spark_efficiency = assumed.cores_busy = 1;
  assumed.speed_range = assumed.other_isa_range = assumed.price_range = 0;
  assumed.s3_get_price_per_million = 0;
  return question;
}

}  // namespace fruits
