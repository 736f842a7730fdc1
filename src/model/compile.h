// How a bundle becomes a compiled model: the settings that decide speed and numbers, in one place.
//
//   FRUITS_TRY(CompiledFeatures features, CompileFeatures(core, bundle, options, ThisCpu()));
//
// Threads: any. Memory: the compiled model.
#pragma once

#include <openvino/runtime/compiled_model.hpp>
#include <openvino/runtime/core.hpp>

#include "fruits/core/error.h"
#include "fruits/model/bundle.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/model/feature_extractor.h"

namespace fruits {

struct CompiledFeatures {
  ov::CompiledModel model;  // u8 [batch, height, width, 3] to f32 [batch, dimension]
  int batch = 0;
  int height = 0;
  int width = 0;
  std::size_t dimension = 0;
  int requests = 0;  // that keep every stream busy
};

// Errors as FeatureExtractor::Create.
Result<CompiledFeatures> CompileFeatures(ov::Core& core, const Bundle& bundle,
                                         const ExtractorOptions& options, const CpuFacts& cpu);

}  // namespace fruits
