#include "fruits/pipeline/model_choice.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/model/fetched_model.h"
#include "fruits/model/model_store.h"

namespace fruits {
namespace {

// Where models out of buckets are kept; empty: nowhere.
std::string FetchedFolder(const RunOptions& options) {
  return options.cache_directory.empty() ? "" : options.cache_directory + "/fetched";
}

// Its files lie on a disk of this machine.
Result<Bundle> FindModel(const RunOptions& options, Storage& storage) {
  const std::string fetched = FetchedFolder(options);
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

std::string Int8Name(const RunOptions& options) {
  return options.model.substr(0, options.model.find_last_not_of('/') + 1) + "-int8";
}

// The store's NAME-int8. kNotFound: none.
Result<Bundle> FindInt8(const RunOptions& options, Storage& storage) {
  RunOptions int8 = options;
  int8.model = Int8Name(options);
  return FindModel(int8, storage);
}

// Why the int8 bundle is not to be taken unasked; empty: it may.
std::string WhyNot(const Bundle& int8, const Bundle& base, const CpuFacts& cpu) {
  if (int8.precision != Precision::kInt8) return "is not int8";
  if (!int8.quantized_from) return "says nothing about its quality";
  if (int8.quantized_from->sha256 != base.sha256) return "was quantized from other weights";
  if (!int8.quantized_from->accuracy_drop) return "was taken by its cosine alone: its accuracy is not known";
  return RunsInt8Safely(int8, cpu) ? "" : "needs VNNI, which this CPU lacks";
}

Result<ModelChoice> ChooseBest(Bundle base, const RunOptions& options, Storage& storage,
                               const CpuFacts& cpu) {
  if (base.precision == Precision::kInt8)
    return ModelChoice{std::move(base), options.model, Precision::kInt8, "the model itself is int8"};
  const std::string name = Int8Name(options);
  auto int8 = FindInt8(options, storage);
  if (!int8 && int8.error().code() != ErrorCode::kNotFound) return std::unexpected(int8.error());
  const std::string why_not = int8 ? WhyNot(*int8, base, cpu) : "is not in the store";
  if (why_not.empty()) {
    const QuantizedFrom& from = *int8->quantized_from;
    return ModelChoice{
        std::move(*int8), name, Precision::kInt8,
        fmt::format("{}: cosine {:.4f} to f32, {}", name, from.cosine, DescribeAccuracy(from))};
  }
  const bool has_amx = cpu.amx_usable && cpu.avx512_bf16;
  return ModelChoice{
      std::move(base), options.model, has_amx ? Precision::kBf16 : Precision::kF32,
      fmt::format("{} {}; {}", name, why_not,
                  has_amx ? "this CPU computes bf16 with AMX" : "without AMX bf16 would be slower than f32")};
}

}  // namespace

Result<ModelChoice> ChooseModel(const RunOptions& options, Storage& storage, const CpuFacts& cpu) {
  FRUITS_TRY(Bundle base, FindModel(options, storage));
  if (options.best_precision) return ChooseBest(std::move(base), options, storage, cpu);
  const Precision precision = options.precision.value_or(base.precision);
  if (precision != Precision::kInt8 || base.precision == Precision::kInt8)
    return ModelChoice{std::move(base), options.model, precision};
  auto int8 = FindInt8(options, storage);
  if (int8) return ModelChoice{std::move(*int8), Int8Name(options), precision};
  if (int8.error().code() != ErrorCode::kNotFound) return std::unexpected(int8.error());
  return Fail(ErrorCode::kNotFound,
              fmt::format("--precision int8: '{0}' has f32 weights, and there is no '{0}-int8' beside it; "
                          "fruits models quantize {0} --calibration INPUT makes it",
                          options.model));
}

}  // namespace fruits
