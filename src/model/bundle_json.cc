#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/model/bundle.h"

namespace fruits {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;
constexpr int kMaxSide = 8192;
constexpr std::int64_t kMostPhotos = 1'000'000'000;

std::string Shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

// Takes fields out of one JSON object, naming the field in every error.
class Fields {
 public:
  Fields(const Json& object, std::string file, std::string prefix = "")
      : object_(object), file_(std::move(file)), prefix_(std::move(prefix)) {}

  std::unexpected<Error> Bad(const std::string& key, const std::string& expected) const {
    const auto it = object_.find(key);
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{}: field '{}{}' is {}, expected {}", file_, prefix_, key,
                            it == object_.end() ? std::string("missing") : Shown(*it), expected));
  }
  Result<Fields> Object(const std::string& key) const {
    const auto it = object_.find(key);
    if (it == object_.end() || !it->is_object()) return Bad(key, "an object");
    return Fields(*it, file_, prefix_ + key + ".");
  }
  Result<std::string> Text(const std::string& key, bool required) const {
    const auto it = object_.find(key);
    if (!required && (it == object_.end() || it->is_null())) return std::string();
    if (it == object_.end() || !it->is_string()) return Bad(key, "a text");
    std::string text = it->get<std::string>();
    if (required && text.empty()) return Bad(key, "a text that is not empty");
    return text;
  }
  Result<std::int64_t> Whole(const std::string& key, std::int64_t low, std::int64_t high) const {
    const auto it = object_.find(key);
    const std::string expected = fmt::format("a whole number from {} to {}", low, high);
    if (it == object_.end() || !it->is_number_integer()) return Bad(key, expected);
    if (it->is_number_unsigned() && it->get<std::uint64_t>() > static_cast<std::uint64_t>(high)) {
      return Bad(key, expected);
    }
    const std::int64_t value = it->get<std::int64_t>();
    if (value < low || value > high) return Bad(key, expected);
    return value;
  }
  Result<double> Number(const std::string& key) const {
    const auto it = object_.find(key);
    if (it == object_.end() || !it->is_number()) return Bad(key, "a number");
    return it->get<double>();
  }
  Result<double> Number(const std::string& key, double missing) const {
    return Has(key) ? Number(key) : Result<double>(missing);
  }
  bool Has(const std::string& key) const { return object_.contains(key) && !object_[key].is_null(); }
  Result<std::array<float, 3>> Triple(const std::string& key, bool may_be_zero) const {
    const auto it = object_.find(key);
    const char* expected = may_be_zero ? "three numbers" : "three numbers other than 0";
    if (it == object_.end() || !it->is_array() || it->size() != 3) return Bad(key, expected);
    std::array<float, 3> values{};
    for (std::size_t i = 0; i < 3; ++i) {
      if (!(*it)[i].is_number()) return Bad(key, expected);
      values[i] = (*it)[i].get<float>();
      if (!std::isfinite(values[i]) || (!may_be_zero && values[i] == 0)) return Bad(key, expected);
    }
    return values;
  }
  Result<std::vector<std::string>> Texts(const std::string& key) const {
    const auto it = object_.find(key);
    std::vector<std::string> texts;
    if (it == object_.end() || it->is_null()) return texts;
    if (!it->is_array()) return Bad(key, "a list of texts");
    for (const Json& item : *it) {
      if (!item.is_string()) return Bad(key, "a list of texts");
      texts.push_back(item.get<std::string>());
    }
    return texts;
  }
  Result<std::map<std::string, std::string>> TextMap(const std::string& key) const {
    const auto it = object_.find(key);
    if (it == object_.end() || !it->is_object()) return Bad(key, "an object of file names and digests");
    std::map<std::string, std::string> texts;
    for (const auto& [name, value] : it->items()) {
      if (!value.is_string()) return Bad(key, "an object of file names and digests");
      texts[name] = value.get<std::string>();
    }
    return texts;
  }

 private:
  const Json& object_;
  std::string file_;
  std::string prefix_;
};

// A plain name within the bundle's folder: what a bundle says must not reach other files.
bool IsPlainFileName(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\\') == std::string::npos && name.find('\0') == std::string::npos;
}

bool IsHexDigest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Status ReadInput(const Fields& root, Bundle& bundle) {
  FRUITS_TRY(const Fields input, root.Object("input"));
  FRUITS_TRY(const std::int64_t width, input.Whole("width", 1, kMaxSide));
  FRUITS_TRY(const std::int64_t height, input.Whole("height", 1, kMaxSide));
  bundle.input_width = static_cast<int>(width);
  bundle.input_height = static_cast<int>(height);
  FRUITS_TRY(const std::string order, input.Text("color_order", true));
  if (order != "rgb" && order != "bgr") return input.Bad("color_order", "\"rgb\" or \"bgr\"");
  bundle.color_order = order == "bgr" ? ColorOrder::kBgr : ColorOrder::kRgb;
  FRUITS_TRY(bundle.mean, input.Triple("mean", true));
  FRUITS_TRY(bundle.scale, input.Triple("scale", false));
  FRUITS_TRY(const std::string filter, input.Text("resize_filter", true));
  const std::optional<Filter> parsed = ParseFilter(filter);
  if (!parsed) return input.Bad("resize_filter", "nearest, box, bilinear, bicubic or lanczos");
  bundle.resize_filter = *parsed;
  return {};
}

Status ReadOutputs(const Fields& root, Bundle& bundle) {
  FRUITS_TRY(const Fields outputs, root.Object("outputs"));
  FRUITS_TRY(bundle.feature_map_output, outputs.Text("feature_map", false));
  FRUITS_TRY(bundle.features_output, outputs.Text("features", false));
  FRUITS_TRY(bundle.logits_output, outputs.Text("logits", false));
  if (bundle.feature_map_output.empty() && bundle.features_output.empty()) {
    return outputs.Bad("feature_map", "a tensor name here or in 'outputs.features'");
  }
  return {};
}

Status ReadFiles(const Fields& root, Bundle& bundle) {
  FRUITS_TRY(bundle.model_file, root.Text("model_file", true));
  if (!IsPlainFileName(bundle.model_file)) return root.Bad("model_file", "a file name without folders");
  if (!bundle.model_file.ends_with(".xml") && !bundle.model_file.ends_with(".onnx")) {
    return root.Bad("model_file", "a name that ends in .xml or .onnx");
  }
  FRUITS_TRY(bundle.sha256, root.TextMap("sha256"));
  for (const auto& [file, digest] : bundle.sha256) {
    if (!IsPlainFileName(file)) return root.Bad("sha256", "file names without folders");
    if (!IsHexDigest(digest)) return root.Bad("sha256", "digests of 64 lower-case hex digits");
  }
  if (!bundle.sha256.contains(bundle.model_file)) {
    return root.Bad("sha256", fmt::format("a digest of '{}'", bundle.model_file));
  }
  return {};
}

Result<QuantizedFrom> ReadQuantizedFrom(const Fields& root) {
  FRUITS_TRY(const Fields fields, root.Object("quantized_from"));
  QuantizedFrom from;
  FRUITS_TRY(from.sha256, fields.TextMap("sha256"));
  FRUITS_TRY(from.cosine, fields.Number("cosine"));
  // null: the photos' labels told none.
  if (fields.Has("accuracy_drop")) {
    FRUITS_TRY(from.accuracy_drop, fields.Number("accuracy_drop"));
  }
  // Older bundles lack the rest. What was measured is then not known; how, as a model is used unasked.
  if (fields.Has("accuracy_drop_standard_error")) {
    FRUITS_TRY(from.accuracy_drop_standard_error, fields.Number("accuracy_drop_standard_error"));
  }
  if (fields.Has("evaluation_photos")) {
    FRUITS_TRY(from.evaluation_photos, fields.Whole("evaluation_photos", 0, kMostPhotos));
  }
  if (fields.Has("evaluation_calibrated_on")) {
    FRUITS_TRY(from.evaluation_calibrated_on,
               fields.Whole("evaluation_calibrated_on", 0, from.evaluation_photos.value_or(kMostPhotos)));
  }
  if (fields.Has("speed_ratio")) {
    FRUITS_TRY(from.speed_ratio, fields.Number("speed_ratio"));
  }
  FRUITS_TRY(from.speed_isa, fields.Text("speed_isa", false));
  for (const auto& [key, text] :
       {std::pair("pooling", &from.pooling), {"fit", &from.fit}, {"filter", &from.filter}}) {
    if (!fields.Has(key)) continue;
    FRUITS_TRY(*text, fields.Text(key, true));
  }
  if (fields.Has("input_size")) {
    FRUITS_TRY(const std::int64_t size, fields.Whole("input_size", 0, kMaxSide));
    from.input_size = static_cast<int>(size);
  }
  FRUITS_TRY(from.min_cosine, fields.Number("min_cosine", from.min_cosine));
  FRUITS_TRY(from.max_accuracy_drop, fields.Number("max_accuracy_drop", from.max_accuracy_drop));
  return from;
}

Result<Bundle> ReadBundle(const Fields& root) {
  FRUITS_CHECK(root.Whole("format", kFormat, kFormat));
  Bundle bundle;
  FRUITS_TRY(bundle.name, root.Text("name", true));
  FRUITS_TRY(bundle.version, root.Text("version", false));
  FRUITS_CHECK(ReadFiles(root, bundle));
  FRUITS_CHECK(ReadInput(root, bundle));
  FRUITS_CHECK(ReadOutputs(root, bundle));
  FRUITS_TRY(const std::int64_t dimension, root.Whole("dimension", 1, 1 << 24));
  bundle.dimension = static_cast<std::size_t>(dimension);
  FRUITS_TRY(bundle.classes, root.Texts("classes"));
  FRUITS_TRY(const std::string precision, root.Text("precision", true));
  if (precision != "f32" && precision != "int8") return root.Bad("precision", "\"f32\" or \"int8\"");
  bundle.precision = precision == "int8" ? Precision::kInt8 : Precision::kF32;
  FRUITS_TRY(bundle.isa, root.Text("isa", false));
  if (root.Has("quantized_from")) {
    FRUITS_TRY(bundle.quantized_from, ReadQuantizedFrom(root));
  }
  FRUITS_TRY(bundle.source, root.Text("source", false));
  FRUITS_TRY(bundle.licence, root.Text("licence", false));
  return bundle;
}

}  // namespace

Result<Bundle> LoadBundle(const std::string& directory) {
  const std::filesystem::path path = std::filesystem::path(directory) / "bundle.json";
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{}: no such file, so '{}' is not a model bundle", path.string(), directory));
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return Fail(ErrorCode::kIo, fmt::format("{}: cannot be read", path.string()));
  return ParseBundle(text, directory);
}

Result<Bundle> ParseBundle(const std::string& text, const std::string& directory) {
  const std::string path = (std::filesystem::path(directory) / "bundle.json").string();
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Fail(ErrorCode::kCorrupt, fmt::format("{}: not a JSON object", path));
  FRUITS_TRY(Bundle bundle, ReadBundle(Fields(json, path)));
  bundle.directory = directory;
  return bundle;
}

}  // namespace fruits
