#include "pipeline/loading_model.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/model/cpu_guard.h"

namespace fruits {
namespace {

std::string Below(const std::string& cache_directory, std::string_view folder) {
  return cache_directory.empty() ? "" : fmt::format("{}/{}", cache_directory, folder);
}

ExtractorOptions ExtractorOptionsOf(const RunOptions& options, Precision precision) {
  return {.precision = precision,
          .pooling = options.pooling,
          .input_size = options.input_size,
          .batch_size = options.batch_size,
          .threads = options.threads,
          .cache_directory = Below(options.cache_directory, "compiled"),
          .force = options.force};
}

}  // namespace

Result<LoadingModel> BeginLoading(const RunOptions& options, Storage& storage) {
  FRUITS_CHECK(GuardCpu());
  auto choice = ChooseModel(options, storage, AllowedCpu());
  if (!choice) return std::unexpected(choice.error().WithContext("--model " + options.model));
  LoadingModel model{.choice = std::move(*choice), .extractor = {}};
  model.extractor = std::async(std::launch::async, [&options, choice = model.choice] {
    return FeatureExtractor::Create(choice.bundle, ExtractorOptionsOf(options, choice.precision));
  });
  return model;
}

}  // namespace fruits
