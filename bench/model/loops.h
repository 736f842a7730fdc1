// The two things that are compared: OpenVINO by itself, and our FeatureExtractor, each on input that is there
// already.
#pragma once

#include <string>

#include "fruits/core/error.h"
#include "fruits/model/bundle.h"
#include "fruits/model/feature_extractor.h"

namespace fruits::bench {

struct Speed {
  std::string what;   // "openvino" or "extractor"
  std::string input;  // "u8" (preprocessing inside the graph) or "f32" (prepared before the clock starts)
  int batch = 0;
  int streams = 0;
  int requests = 0;
  int images = 0;
  double seconds = 0;
  double cpu_seconds = 0;     // of the whole process: says more than `seconds` on a machine that others use
  double create_seconds = 0;  // the extractor: model read, compiled or taken from the cache
  double first_seconds = 0;   // its first request after that
  double ImagesPerSecond() const { return images / seconds; }
};

struct LoopOptions {
  Precision precision = Precision::kF32;
  int batch = 1;
  int images = 400;
  int threads = 0;      // 0: OpenVINO's own choice in the OpenVINO loop, UsableCpus() in ours
  int streams = 0;      // 0: what the throughput hint gives
  bool pinning = true;  // OpenVINO's default
  bool f32_input = false;
  int input_size = 0;  // 0: the bundle's
};

// OpenVINO alone: the feature output only, throughput hint, its optimal number of requests, callbacks that
// start the same request again. Nothing of libfruits but the bundle's names.
Result<Speed> RunOpenVino(const Bundle& bundle, const LoopOptions& options);
// FeatureExtractor as the pipeline uses it, with slots filled once.
Result<Speed> RunExtractor(const Bundle& bundle, const ExtractorOptions& options, int images);

// Wall and CPU time since it was made.
class Stopwatch {
 public:
  Stopwatch();
  void Stop(Speed& speed) const;

 private:
  double wall_ = 0;
  double cpu_ = 0;
};

}  // namespace fruits::bench
