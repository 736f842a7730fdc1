#include "pipeline/loading_model.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/model/fetched_model.h"
#include "fruits/model/model_store.h"

namespace fruits {
namespace {

std::string Below(const std::string& cache_directory, std::string_view folder) {
  return cache_directory.empty() ? "" : fmt::format("{}/{}", cache_directory, folder);
}

// Its files lie on a disk of this machine.
Result<Bundle> FindModel(const RunOptions& options, Storage& storage) {
  const std::string fetched = Below(options.cache_directory, "fetched");
  const auto is_model_file = [&](std::string_view suffix) { return options.model.ends_with(suffix); };
  if (is_model_file(".onnx") || is_model_file(".xml")) {
    BareModelOptions bare = options.bare_model;
    bare.input_width = bare.input_height = options.input_size;
    FRUITS_TRY(const std::string path, FetchModelFile(storage, options.model, fetched));
    return BundleFromModelFile(path, bare);
  }
  if (options.bare_model != BareModelOptions{}) {
    return Fail(ErrorCode::kInvalidArgument,
                "a bundle brings its own preprocessing; --color-order, --mean, --scale and "
                "--features-output are for a model file that ends in .onnx or .xml");
  }
  FRUITS_TRY(const ModelStore store, ModelStore::Open(storage, options.models, options.working_directory));
  FRUITS_TRY(Bundle bundle, store.Find(options.model));
  return FetchBundle(storage, std::move(bundle), fetched);
}

ExtractorOptions ExtractorOptionsOf(const RunOptions& options, const Bundle& bundle) {
  return {.precision = options.precision.value_or(bundle.precision),
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
  auto bundle = FindModel(options, storage);
  if (!bundle) return std::unexpected(bundle.error().WithContext("--model " + options.model));
  LoadingModel model{.bundle = std::move(*bundle), .extractor = {}};
  model.extractor = std::async(std::launch::async, [&options, bundle = model.bundle] {
    return FeatureExtractor::Create(bundle, ExtractorOptionsOf(options, bundle));
  });
  return model;
}

}  // namespace fruits
