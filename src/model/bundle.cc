#include "fruits/model/bundle.h"

#include <fmt/format.h>

#include <filesystem>

#include "fruits/core/sha256.h"
#include "fruits/core/try.h"

namespace fruits {
namespace {

std::string PathOf(const Bundle& bundle, const std::string& file) {
  return (std::filesystem::path(bundle.directory) / file).string();
}

}  // namespace

std::string_view ToString(Precision precision) {
  switch (precision) {
    case Precision::kF32:
      return "f32";
    case Precision::kBf16:
      return "bf16";
    case Precision::kInt8:
      return "int8";
  }
  return "unknown";
}

std::string DescribeAccuracy(const QuantizedFrom& from) {
  if (!from.accuracy_drop) return "accuracy not known";
  const auto& error = from.accuracy_drop_standard_error;
  return fmt::format("accuracy {:+.2f} points{}", -100 * *from.accuracy_drop,
                     error ? fmt::format(" (standard error {:.2f})", 100 * *error) : "");
}

Status VerifyBundle(const Bundle& bundle) {
  return VerifyBundle(bundle, [&](const std::string& file) -> Result<std::string> {
    FRUITS_TRY(const Sha256Digest digest, Sha256OfFile(PathOf(bundle, file)));
    return ToHex(digest);
  });
}

Status VerifyBundle(const Bundle& bundle,
                    const std::function<Result<std::string>(const std::string& file)>& digest_of) {
  for (const auto& [file, expected] : bundle.sha256) {
    const std::string path = PathOf(bundle, file);
    const Result<std::string> digest = digest_of(file);
    if (!digest && digest.error().code() == ErrorCode::kNotFound) {
      return Fail(ErrorCode::kCorrupt, fmt::format("model '{}': the file {} is missing, expected SHA-256 {}",
                                                   bundle.name, path, expected));
    }
    if (!digest)
      return std::unexpected(digest.error().WithContext("while checking model '" + bundle.name + "'"));
    if (*digest != expected) {
      return Fail(ErrorCode::kCorrupt, fmt::format("model '{}': {} has SHA-256 {}, expected {}", bundle.name,
                                                   path, *digest, expected));
    }
  }
  return {};
}

std::string ModelHash(const Bundle& bundle) {
  // Digests in a fixed order and without names, so that a renamed copy is the same model.
  std::string text = "fruits model 1\n";
  if (const auto it = bundle.sha256.find(bundle.model_file); it != bundle.sha256.end())
    text += it->second + "\n";
  for (const auto& [file, digest] : bundle.sha256) {
    if (file != bundle.model_file) text += digest + "\n";
  }
  text += fmt::format("{}x{} {} {}\n", bundle.input_width, bundle.input_height,
                      bundle.color_order == ColorOrder::kBgr ? "bgr" : "rgb", ToString(bundle.resize_filter));
  // %a is exact: two means that differ in the last bit differ here.
  for (const float value : bundle.mean) text += fmt::format("{:a} ", value);
  for (const float value : bundle.scale) text += fmt::format("{:a} ", value);
  text += fmt::format("\n{}\n{}\n{}\n", bundle.feature_map_output, bundle.features_output,
                      ToString(bundle.precision));
  return ToHex(Sha256Of(text));
}

}  // namespace fruits
