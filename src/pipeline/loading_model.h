// The model of a run, loading while photos are listed and the output folder is looked at.
#pragma once

#include <future>
#include <memory>

#include "fruits/core/error.h"
#include "fruits/io/storage.h"
#include "fruits/model/feature_extractor.h"
#include "fruits/pipeline/model_choice.h"
#include "fruits/pipeline/options.h"

namespace fruits {

struct LoadingModel {
  ModelChoice choice;
  std::future<Result<std::unique_ptr<FeatureExtractor>>> extractor;  // its destruction waits
};

// Finds what --model names, fetches it where it lies in a bucket, and begins to load it in another thread.
// Call it before any thread is started: the CPU guard may set a variable. `options` must outlive the loading.
// kNotFound: no such model.
Result<LoadingModel> BeginLoading(const RunOptions& options, Storage& storage);

}  // namespace fruits
