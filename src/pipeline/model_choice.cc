#include "fruits/pipeline/model_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

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
  int8.bare_model = {};  // says how to read the file that --model names
  return FindModel(int8, storage);
}

// What its quality report lacks to be believed; empty: nothing.
std::string EvidenceFault(const QuantizedFrom& from) {
  if (!from.evaluation_photos || !from.evaluation_calibrated_on) {
    return "does not say on how many photos it was judged (an older version made it): quantize it again with "
           "--overwrite";
  }
  const std::int64_t judged = *from.evaluation_photos - *from.evaluation_calibrated_on;
  if (judged >= kMinJudgedPhotos) return "";
  return fmt::format(
      "was judged on {} photos that it was not calibrated on, expected at least {}: quantize it again with "
      "more photos (--calibration, --evaluation, --evaluation-images)",
      judged, kMinJudgedPhotos);
}

// A ratio of another class of CPU says nothing of this one.
bool SpeedCounts(const QuantizedFrom& from, const CpuFacts& cpu) {
  return from.speed_ratio && from.speed_isa == IsaName(cpu);
}

// What the reason for int8 says of its speed.
std::string DescribeSpeed(const QuantizedFrom& from, const CpuFacts& cpu) {
  if (!from.speed_ratio) return "";
  if (SpeedCounts(from, cpu)) return fmt::format(", {:.1f} times as fast", *from.speed_ratio);
  return fmt::format("; its speed does not count: measured on {}, not on {} as this CPU",
                     from.speed_isa.empty() ? "a class of CPU that is not known" : from.speed_isa,
                     IsaName(cpu));
}

// What its quality report says against it; empty: nothing.
std::string QualityFault(const QuantizedFrom& from, const CpuFacts& cpu) {
  const auto made_with = [](bool is_lower, const char* flag, const std::string& value) {
    return is_lower ? fmt::format(" (it was made with {} {})", flag, value) : "";
  };
  if (from.cosine < kMinCosine) {
    return fmt::format(
        "has a cosine of {:.4f} to f32, below {}{}", from.cosine, kMinCosine,
        made_with(from.min_cosine < kMinCosine, "--min-cosine", fmt::format("{:g}", from.min_cosine)));
  }
  if (!from.accuracy_drop) return "was taken by its cosine alone: its accuracy is not known";
  if (*from.accuracy_drop > kMaxAccuracyDrop) {
    return fmt::format("costs {:.2f} points of accuracy, more than {:g}{}", 100 * *from.accuracy_drop,
                       100 * kMaxAccuracyDrop,
                       made_with(from.max_accuracy_drop > kMaxAccuracyDrop, "--max-accuracy-drop",
                                 fmt::format("{:g}%", 100 * from.max_accuracy_drop)));
  }
  if (std::string fault = EvidenceFault(from); !fault.empty()) return fault;
  if (SpeedCounts(from, cpu) && *from.speed_ratio <= 1)
    return fmt::format("was not faster than f32: {:.2f} times its images/s", *from.speed_ratio);
  return "";
}

// How the run's features differ from those that were measured; empty: they do not.
std::string OtherFeatures(const Bundle& int8, const RunOptions& options) {
  const QuantizedFrom& from = *int8.quantized_from;
  const auto side = [&](int input_size) {
    const int width = input_size > 0 ? input_size : int8.input_width;
    const int height = input_size > 0 ? input_size : int8.input_height;
    return width == height ? fmt::format("{}", width) : fmt::format("{}x{}", width, height);
  };
  const std::string_view own_filter = ToString(int8.resize_filter);
  std::vector<std::string> others;
  const auto compare = [&](const char* flag, std::string_view measured, std::string_view now) {
    if (measured != now) others.push_back(fmt::format("{} {}, not {}", flag, measured, now));
  };
  compare("--pooling", from.pooling, ToString(options.pooling));
  compare("--input-size", side(from.input_size), side(options.input_size));
  compare("--fit", from.fit, ToString(options.fit));
  compare("--resize-filter", from.filter == "auto" ? own_filter : std::string_view(from.filter),
          options.resize_filter ? ToString(*options.resize_filter) : own_filter);
  return fmt::format("{}", fmt::join(others, ", "));
}

// Why the int8 bundle is not to be taken unasked; empty: it may.
std::string WhyNot(const Bundle& int8, const Bundle& base, const RunOptions& options, const CpuFacts& cpu) {
  if (int8.precision != Precision::kInt8) return "is not int8";
  if (!int8.quantized_from) return "says nothing about its quality";
  if (int8.quantized_from->sha256 != base.sha256) return "was quantized from other weights";
  if (!RunsInt8Safely(int8, cpu))
    return "needs VNNI, which this CPU lacks" + (cpu.cap.empty() ? "" : ": " + DescribeIsa(cpu));
  if (std::string fault = QualityFault(*int8.quantized_from, cpu); !fault.empty()) return fault;
  const std::string others = OtherFeatures(int8, options);
  return others.empty() ? "" : "was measured with " + others;
}

Result<ModelChoice> ChooseBest(Bundle base, const RunOptions& options, Storage& storage,
                               const CpuFacts& cpu) {
  if (base.precision == Precision::kInt8)
    return ModelChoice{std::move(base), options.model, Precision::kInt8, "the model itself is int8"};
  auto int8 = FindInt8(options, storage);
  if (!int8 && int8.error().code() != ErrorCode::kNotFound) return std::unexpected(int8.error());
  PrecisionChoice choice = ChoosePrecision(base, int8 ? &*int8 : nullptr, options, cpu);
  const bool is_int8 = choice.precision == Precision::kInt8;
  return ModelChoice{is_int8 ? std::move(*int8) : std::move(base),
                     is_int8 ? Int8Name(options) : options.model, choice.precision, std::move(choice.reason)};
}

}  // namespace

PrecisionChoice ChoosePrecision(const Bundle& base, const Bundle* int8, const RunOptions& options,
                                const CpuFacts& cpu) {
  const std::string name = Int8Name(options);
  const std::string why_not = int8 ? WhyNot(*int8, base, options, cpu) : "is not in the store";
  if (int8 && why_not.empty()) {
    const QuantizedFrom& from = *int8->quantized_from;
    return {Precision::kInt8, fmt::format("{}: cosine {:.4f} to f32, {}{}", name, from.cosine,
                                          DescribeAccuracy(from), DescribeSpeed(from, cpu))};
  }
  const bool has_amx = cpu.amx_usable && cpu.avx512_bf16;
  return {
      has_amx ? Precision::kBf16 : Precision::kF32,
      fmt::format("{} {}; {}", name, why_not,
                  has_amx ? "this CPU computes bf16 with AMX" : "without AMX bf16 would be slower than f32")};
}

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
