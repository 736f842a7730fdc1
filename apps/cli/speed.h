// How fast the network alone is on this machine, in each arithmetic: for doctor.
// Threads: one caller. Memory: that of one FeatureExtractor at a time.
#pragma once

#include <chrono>
#include <string>

#include "fruits/core/error.h"
#include "fruits/pipeline/options.h"

namespace fruits::cli {

// Photos a second through --model in `precision` ("f32", "bf16", "int8", "auto"), made-up pixels, after the
// model is loaded and warm. Errors of ChooseModel and FeatureExtractor::Create.
struct Speed {
  std::string model;
  std::string precision;
  std::string reason;  // where "auto" chose
  double images_per_second = 0;
};
Result<Speed> MeasureSpeed(RunOptions options, const std::string& precision,
                           std::chrono::duration<double> length);

}  // namespace fruits::cli
