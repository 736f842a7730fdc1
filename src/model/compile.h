// How a bundle becomes a compiled model: the settings that decide speed and numbers, in one place.
//
//   FRUITS_TRY(CompiledFeatures features, CompileFeatures(core, bundle, options, AllowedCpu(), verify));
//
// Threads: any. Memory: the compiled model.
#pragma once

#include <functional>
#include <openvino/runtime/compiled_model.hpp>
#include <openvino/runtime/core.hpp>

#include "fruits/core/error.h"
#include "fruits/model/bundle.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/model/feature_extractor.h"

namespace fruits {

struct CompiledFeatures {
  ov::CompiledModel model;  // u8 [batch, height, width, 3] to f32 [batch, dimension]
  int batch = 0;            // at most kLargestBatch
  int height = 0;
  int width = 0;
  std::size_t dimension = 0;
  int requests = 0;  // that keep every stream busy
};

// Errors as FeatureExtractor::Create.
// The compiled model is kept in the cache only if `is_intact` says, once it is compiled, that the bundle's
// files are what the bundle names: a damaged model must not live on in the cache.
Result<CompiledFeatures> CompileFeatures(ov::Core& core, const Bundle& bundle,
                                         const ExtractorOptions& options, const CpuFacts& cpu,
                                         const std::function<bool()>& is_intact);

}  // namespace fruits
