#include "fruits/pipeline/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "fruits/core/try.h"
#include "fruits/io/catalog.h"

namespace fruits {
namespace {

using Json = nlohmann::json;

template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// Free text may hold any bytes.
std::string Text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Status Refuse(std::string_view flag, std::string_view text, std::string_view expected) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{} '{}': expected {}", flag, text, expected));
}

template <typename T>
Status SetInteger(std::string_view flag, std::string_view text, T low, T high, T& target) {
  const auto value = ParseNumber<T>(text);
  if (!value || *value < low || *value > high) {
    return Refuse(flag, text, fmt::format("a whole number from {} to {}", low, high));
  }
  target = *value;
  return {};
}

Status SetBool(std::string_view flag, std::string_view text, bool& target) {
  if (text != "true" && text != "false") return Refuse(flag, text, "true or false");
  target = text == "true";
  return {};
}

Status SetThree(std::string_view flag, std::string_view text, std::array<float, 3>& target) {
  std::array<float, 3> values{};
  std::size_t at = 0;
  for (int i = 0; i < 3; ++i) {
    const std::size_t end = i < 2 ? text.find(',', at) : text.size();
    const auto value =
        end == std::string_view::npos ? std::nullopt : ParseNumber<float>(text.substr(at, end - at));
    if (!value || !std::isfinite(*value))
      return Refuse(flag, text, "three numbers with commas between, like 103.939,116.779,123.68");
    values[static_cast<std::size_t>(i)] = *value;
    at = end + 1;
  }
  target = values;
  return {};
}

// Numbers that leave room for any machine, and catch a slip of the keyboard.
constexpr int kMaxThreads = 1024;
constexpr int kMaxBatch = 1024;
constexpr int kMaxInputSize = 2048;
constexpr int kMinInputSize = 32;
constexpr std::size_t kMaxComponents = 20'000;

constexpr std::size_t kMaxThumbnails = 100'000;
constexpr int kMaxPrice = 1'000'000;

constexpr OptionInfo kTable[] = {
    {"model", "--model", "NAME|FILE",
     "a model in the store, or a path or s3:// address of a bundle folder, .onnx or .xml", kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status {
       if (t.empty()) return Refuse("--model", t, "a name, a path or an s3:// address");
       o.model = t;
       return {};
     },
     [](const RunOptions& o) { return Text(o.model); }},
    {"precision", "--precision", "model|auto|f32|bf16|int8",
     "arithmetic of the network: the model's own, auto (the fastest that is installed and good), or this",
     kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status {
       o.precision.reset();
       o.best_precision = t == "auto";
       if (t == "model" || t == "auto") return {};
       if (t == "f32")
         o.precision = Precision::kF32;
       else if (t == "bf16")
         o.precision = Precision::kBf16;
       else if (t == "int8")
         o.precision = Precision::kInt8;
       else
         return Refuse("--precision", t, "model, auto, f32, bf16 or int8");
       return {};
     },
     [](const RunOptions& o) {
       return Json(o.precision ? ToString(*o.precision) : o.best_precision ? "auto" : "model").dump();
     }},
    {"input_size", "--input-size", "N", "side of the picture that the network sees; 0 is the model's own",
     kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status {
       if (t == "0") return o.input_size = 0, Status{};
       return SetInteger("--input-size", t, kMinInputSize, kMaxInputSize, o.input_size);
     },
     [](const RunOptions& o) { return Json(o.input_size).dump(); }},
    {"pooling", "--pooling", "avg|none", "avg: one number a channel; none: the flattened feature map",
     kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status {
       const auto pooling = ParsePooling(t);
       if (!pooling) return Refuse("--pooling", t, "avg or none");
       o.pooling = *pooling;
       return {};
     },
     [](const RunOptions& o) { return Json(ToString(o.pooling)).dump(); }},
    {"fit", "--fit", "full|crop|pad", "how a photo becomes square: stretched, cut in the middle, or padded",
     kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status {
       const auto fit = ParseFit(t);
       if (!fit) return Refuse("--fit", t, "full, crop or pad");
       o.fit = *fit;
       return {};
     },
     [](const RunOptions& o) { return Json(ToString(o.fit)).dump(); }},
    {"resize_filter", "--resize-filter", "NAME",
     "auto (the model's), bicubic, bilinear, lanczos, nearest or box", kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status {
       if (t == "auto") return o.resize_filter.reset(), Status{};
       o.resize_filter = ParseFilter(t);
       if (!o.resize_filter)
         return Refuse("--resize-filter", t, "auto, bicubic, bilinear, lanczos, nearest or box");
       return {};
     },
     [](const RunOptions& o) { return Json(o.resize_filter ? ToString(*o.resize_filter) : "auto").dump(); }},
    {"exif_rotate", "--no-exif-rotate", "", "leave photos as stored, whatever their EXIF orientation says",
     kForExtract, false,
     [](RunOptions& o, std::string_view t) { return SetBool("--no-exif-rotate", t, o.exif_rotate); },
     [](const RunOptions& o) { return Json(o.exif_rotate).dump(); }},
    {"color_order", "--color-order", "rgb|bgr", "channels that a bare model file wants", kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status {
       if (t != "rgb" && t != "bgr") return Refuse("--color-order", t, "rgb or bgr");
       o.bare_model.color_order = t == "rgb" ? ColorOrder::kRgb : ColorOrder::kBgr;
       return {};
     },
     [](const RunOptions& o) {
       return Json(o.bare_model.color_order == ColorOrder::kRgb ? "rgb" : "bgr").dump();
     }},
    {"mean", "--mean", "A,B,C", "subtracted by a bare model file's preprocessing, on 0..255", kForExtract,
     false, [](RunOptions& o, std::string_view t) { return SetThree("--mean", t, o.bare_model.mean); },
     [](const RunOptions& o) { return Json(o.bare_model.mean).dump(); }},
    {"scale", "--scale", "A,B,C", "divided by in a bare model file's preprocessing", kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status {
       std::array<float, 3> scale{};
       FRUITS_CHECK(SetThree("--scale", t, scale));
       if (std::ranges::count(scale, 0.0F) > 0) return Refuse("--scale", t, "three numbers other than 0");
       o.bare_model.scale = scale;
       return {};
     },
     [](const RunOptions& o) { return Json(o.bare_model.scale).dump(); }},
    {"features_output", "--features-output", "NAME", "tensor of a bare model file to take features from",
     kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status { return o.bare_model.output = t, Status{}; },
     [](const RunOptions& o) { return Text(o.bare_model.output); }},

    {"components", "--components", "K", "principal components to keep", kForFit, false,
     [](RunOptions& o, std::string_view t) {
       return SetInteger<std::size_t>("--components", t, 1, kMaxComponents, o.components);
     },
     [](const RunOptions& o) { return Json(o.components).dump(); }},
    {"variance", "--variance", "SHARE",
     "keep as many components as explain this share, like 0.9; 0: as --components says", kForFit, false,
     [](RunOptions& o, std::string_view t) -> Status {
       const auto share = ParseShare(t);
       if (!share || *share < 0 || *share > 1)
         return Refuse("--variance", t, "a share above 0 and up to 1, like 0.9 or 90%");
       o.variance = *share;
       return {};
     },
     [](const RunOptions& o) { return Json(o.variance).dump(); }},
    {"center", "--no-center", "", "project without subtracting the mean, as Spark ML's PCA does", kForFit,
     false, [](RunOptions& o, std::string_view t) { return SetBool("--no-center", t, o.center); },
     [](const RunOptions& o) { return Json(o.center).dump(); }},
    {"with_mean", "--with-mean", "", "the scaler subtracts the mean (Spark ML's default does not)", kForFit,
     false, [](RunOptions& o, std::string_view t) { return SetBool("--with-mean", t, o.with_mean); },
     [](const RunOptions& o) { return Json(o.with_mean).dump(); }},
    {"with_scaled", "--with-scaled", "", "pca_result.parquet also holds the scaled features", kForProject,
     false, [](RunOptions& o, std::string_view t) { return SetBool("--with-scaled", t, o.with_scaled); },
     [](const RunOptions& o) { return Json(o.with_scaled).dump(); }},
    {"report_thumbnails", "--report-thumbnails", "auto|N|none",
     "small pictures in report.html; auto: as many as keep it within 25 MB", kForProject, false,
     [](RunOptions& o, std::string_view t) -> Status {
       const auto count = ParseThumbnailCount(t);
       if (!count)
         return Refuse("--report-thumbnails", t,
                       fmt::format("auto, none or a whole number from 0 to {}", kMaxThumbnails));
       o.report_thumbnails = *count;
       return {};
     },
     [](const RunOptions& o) {
       return (o.report_thumbnails ? Json(*o.report_thumbnails) : Json("auto")).dump();
     }},

    {"glob", "--glob", "PATTERN", "files to take from folders, like '*.jpg'; may be given again", kForExtract,
     true,
     [](RunOptions& o, std::string_view t) -> Status {
       if (t.empty()) return Refuse("--glob", t, "a pattern like '*.jpg'");
       o.globs.emplace_back(t);
       const Status known = CheckNameGlobs({o.globs.back()});
       if (!known) return std::unexpected(known.error().WithContext("--glob"));
       return {};
     },
     [](const RunOptions& o) { return Text(o.globs); }},
    {"label", "--label", "parent|none|REGEX",
     "label of a photo: its folder, none, or a regular expression's one group", kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status { return o.label = t, Status{}; },
     [](const RunOptions& o) { return Text(o.label); }},
    {"limit", "--limit", "N", "only the first N photos in order; 0: all", kForExtract, false,
     [](RunOptions& o, std::string_view t) {
       return SetInteger<std::size_t>("--limit", t, 0, SIZE_MAX / 2, o.limit);
     },
     [](const RunOptions& o) { return Json(o.limit).dump(); }},
    {"sample", "--sample", "N", "only N photos spread evenly over all of them; 0: all", kForExtract, false,
     [](RunOptions& o, std::string_view t) {
       return SetInteger<std::size_t>("--sample", t, 0, SIZE_MAX / 2, o.sample);
     },
     [](const RunOptions& o) { return Json(o.sample).dump(); }},
    {"max_pixels", "--max-pixels", "N", "larger pictures are rejected", kForExtract, false,
     [](RunOptions& o, std::string_view t) {
       return SetInteger<std::uint64_t>("--max-pixels", t, 1, 4'000'000'000, o.max_pixels);
     },
     [](const RunOptions& o) { return Json(o.max_pixels).dump(); }},
    {"on_error", "--on-error", "skip|fail",
     "what a bad photo does: a row in rejected.csv, or the end of the run", kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status {
       if (t != "skip" && t != "fail") return Refuse("--on-error", t, "skip or fail");
       o.on_error = t == "skip" ? OnError::kSkip : OnError::kFail;
       return {};
     },
     [](const RunOptions& o) { return Json(o.on_error == OnError::kSkip ? "skip" : "fail").dump(); }},
    {"max_rejected", "--max-rejected", "SHARE",
     "exit code 3 when more than this share of the photos is rejected, like 1%", kForExtract, false,
     [](RunOptions& o, std::string_view t) -> Status {
       const auto share = ParseShare(t);
       if (!share || *share < 0 || *share > 1)
         return Refuse("--max-rejected", t, "a share from 0 to 1, like 0.01 or 1%");
       o.max_rejected = *share;
       return {};
     },
     [](const RunOptions& o) { return Json(o.max_rejected).dump(); }},
    {"thumbnails", "--no-thumbnails", "", "leave out the small pictures kept for the report", kForExtract,
     false, [](RunOptions& o, std::string_view t) { return SetBool("--no-thumbnails", t, o.thumbnails); },
     [](const RunOptions& o) { return Json(o.thumbnails).dump(); }},

    {"batch_size", "--batch-size", "N", "photos that wait for the network together; 0: chosen for the model",
     kForExtract, false,
     [](RunOptions& o, std::string_view t) {
       return SetInteger("--batch-size", t, 0, kMaxBatch, o.batch_size);
     },
     [](const RunOptions& o) { return Json(o.batch_size).dump(); }},
    {"threads", "--threads", "N", "0: as many as this process may use", kForExtract, false,
     [](RunOptions& o, std::string_view t) { return SetInteger("--threads", t, 0, kMaxThreads, o.threads); },
     [](const RunOptions& o) { return Json(o.threads).dump(); }},
    {"retry_rejected", "--retry-rejected", "", "try photos again that an earlier run rejected", kForExtract,
     false,
     [](RunOptions& o, std::string_view t) { return SetBool("--retry-rejected", t, o.retry_rejected); },
     [](const RunOptions& o) { return Json(o.retry_rejected).dump(); }},
    {"overwrite", "--overwrite", "", "throw away what an earlier run left in the output folder", kForExtract,
     false, [](RunOptions& o, std::string_view t) { return SetBool("--overwrite", t, o.overwrite); },
     [](const RunOptions& o) { return Json(o.overwrite).dump(); }},
    {"force", "--force", "", "run an int8 model on a CPU without VNNI, where it can saturate", kForExtract,
     false, [](RunOptions& o, std::string_view t) { return SetBool("--force", t, o.force); },
     [](const RunOptions& o) { return Json(o.force).dump(); }},
    {"price_per_hour", "--price-per-hour", "PRICE",
     "what the machine (on Spark: the cluster) costs an hour: then the summary says what the run cost",
     kForRun, false,
     [](RunOptions& o, std::string_view t) -> Status {
       const auto price = ParseNumber<double>(t);
       if (!price || !(*price >= 0 && *price <= kMaxPrice))
         return Refuse("--price-per-hour", t, fmt::format("a number from 0 to {}, like 0.212", kMaxPrice));
       o.price_per_hour = *price;
       return {};
     },
     [](const RunOptions& o) { return Json(o.price_per_hour).dump(); }},
};

}  // namespace

std::span<const OptionInfo> OptionTable() { return kTable; }

Status SetOption(RunOptions& options, std::string_view name, std::string_view text) {
  for (const OptionInfo& info : kTable) {
    if (info.name == name) return info.set(options, text);
  }
  return Fail(ErrorCode::kInvalidArgument, fmt::format("there is no option '{}'", name));
}

Status CheckOptions(const RunOptions& options, unsigned scope) {
  if (options.inputs.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "INPUT is missing: expected photos, folders or globs");
  }
  if (options.output.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "--output is missing: expected the folder for the results");
  }
  if ((scope & kForExtract) && options.models.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "--models is empty: expected a folder or s3:// address");
  }
  return {};
}

std::optional<std::optional<std::size_t>> ParseThumbnailCount(std::string_view text) {
  if (text == "auto") return std::optional<std::size_t>();
  if (text == "none") return std::optional<std::size_t>(0);
  const auto count = ParseNumber<std::size_t>(text);
  if (!count || *count > kMaxThumbnails) return std::nullopt;
  return count;
}

std::optional<double> ParseShare(std::string_view text) {
  double divisor = 1;
  if (text.ends_with('%')) {
    divisor = 100;
    text.remove_suffix(1);
  }
  const auto value = ParseNumber<double>(text);
  if (!value || !(*value == *value)) return std::nullopt;
  return *value / divisor;
}

}  // namespace fruits
