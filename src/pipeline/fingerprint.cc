#include "fruits/pipeline/fingerprint.h"

#include <fmt/format.h>

#include "fruits/core/sha256.h"

namespace fruits {

Fingerprint::Fingerprint(const Bundle& bundle, Precision precision, const RunOptions& options,
                         int input_width, int input_height) {
  fields_["model"] = bundle.name;
  fields_["model_hash"] = ModelHash(bundle);
  fields_["precision"] = ToString(precision);
  fields_["input_size"] = fmt::format("{}x{}", input_width, input_height);
  fields_["fit"] = ToString(options.fit);
  fields_["resize_filter"] = ToString(options.resize_filter.value_or(bundle.resize_filter));
  fields_["exif_rotate"] = options.exif_rotate ? "true" : "false";
  fields_["pooling"] = ToString(options.pooling);
  fields_["feature_version"] = std::to_string(kFeatureVersion);
}

std::string Fingerprint::Hex() const {
  Sha256 hash;
  for (const auto& [name, value] : fields_) {
    hash.Update(fmt::format("{}={}\n", name, value));
  }
  return ToHex(hash.Finish());
}

std::string Fingerprint::Difference(const Fingerprint& before) const {
  std::string text;
  for (const auto& [name, now] : fields_) {
    const auto found = before.fields_.find(name);
    const std::string was = found == before.fields_.end() ? "unknown" : found->second;
    if (was == now) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} ({} before, {} now)", name, was, now);
  }
  return text;
}

}  // namespace fruits
