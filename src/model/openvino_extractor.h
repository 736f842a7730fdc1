// FeatureExtractor over OpenVINO's CPU plugin: a fixed pool of infer requests.
//
//   OpenVinoExtractor::Create(bundle, options, AllowedCpu());
//
// Threads and memory: as FeatureExtractor.
#pragma once

#include <memory>

#include "fruits/core/error.h"
#include "fruits/model/bundle.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/model/feature_extractor.h"

namespace fruits {

// FeatureExtractor::Create on a CPU as described by `cpu`, which decides what is refused.
Result<std::unique_ptr<FeatureExtractor>> CreateOpenVinoExtractor(const Bundle& bundle,
                                                                  const ExtractorOptions& options,
                                                                  const CpuFacts& cpu);

}  // namespace fruits
