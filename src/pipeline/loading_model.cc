#include "pipeline/loading_model.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/model/model_store.h"

namespace fruits {
namespace {

Result<Bundle> FindModel(const RunOptions& options) {
  const auto is_model_file = [&](std::string_view suffix) { return options.model.ends_with(suffix); };
  if (is_model_file(".onnx") || is_model_file(".xml")) {
    BareModelOptions bare = options.bare_model;
    bare.input_width = bare.input_height = options.input_size;
    return BundleFromModelFile(options.model, bare);
  }
  if (options.bare_model != BareModelOptions{}) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("--model {}: a bundle brings its own preprocessing; --color-order, --mean, --scale and "
                    "--features-output are for a model file that ends in .onnx or .xml",
                    options.model));
  }
  auto bundle = ModelStore(options.models).Find(options.model);
  if (!bundle) return std::unexpected(bundle.error().WithContext("--model " + options.model));
  return bundle;
}

ExtractorOptions ExtractorOptionsOf(const RunOptions& options, const Bundle& bundle) {
  return {.precision = options.precision.value_or(bundle.precision),
          .pooling = options.pooling,
          .input_size = options.input_size,
          .batch_size = options.batch_size,
          .threads = options.threads,
          .cache_directory = options.cache_directory,
          .force = options.force};
}

}  // namespace

Result<LoadingModel> BeginLoading(const RunOptions& options) {
  LoadingModel model;
  FRUITS_TRY(model.bundle, FindModel(options));
  FRUITS_CHECK(GuardCpu());
  model.extractor = std::async(std::launch::async, [&options, bundle = model.bundle] {
    return FeatureExtractor::Create(bundle, ExtractorOptionsOf(options, bundle));
  });
  return model;
}

}  // namespace fruits
