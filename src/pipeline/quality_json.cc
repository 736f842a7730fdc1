// The JSON of quality.h and compare.h.
#include <nlohmann/json.hpp>

#include "fruits/pipeline/compare.h"

namespace fruits {
namespace {

using Json = nlohmann::json;

Json JsonOf(const FeatureQuality& quality, const std::vector<std::size_t>& components) {
  Json kept = Json::object();
  for (std::size_t i = 0; i < quality.variance_kept.size(); ++i)
    kept[std::to_string(components[i])] = quality.variance_kept[i];
  return {{"photos", quality.photos},
          {"labels", quality.labels},
          {"dimension", quality.dimension},
          {"nearest_accuracy", quality.nearest_accuracy},
          {"probe_accuracy", quality.probe_accuracy},
          {"variance_kept", kept}};
}

Json JsonOf(const FeatureAgreement& agreement) {
  Json json{{"same_nearest_photo", agreement.same_nearest_photo},
            {"same_nearest_label", agreement.same_nearest_label},
            {"angles", agreement.angles},
            {"variance_change", agreement.variance_change}};
  if (const auto& cosine = agreement.cosine)
    json["cosine"] = {{"mean", cosine->mean}, {"percentile_1", cosine->percentile_1}, {"min", cosine->min}};
  return json;
}

Json JsonOf(const ComparedFeatures& features, const std::vector<std::size_t>& components) {
  Json json{{"name", features.name},
            {"model", features.model},
            {"precision", features.precision},
            {"input_size", features.input_size},
            {"pooling", ToString(features.pooling)}};
  if (!features.fault.empty()) {
    json["fault"] = features.fault;
    return json;
  }
  json["model_bytes"] = features.model_bytes;
  json["rejected"] = features.rejected;
  json["quality"] = JsonOf(features.quality, components);
  if (features.images_per_second > 0) json["images_per_second"] = features.images_per_second;
  if (features.agreement) json["agreement"] = JsonOf(*features.agreement);
  return json;
}

std::string Text(const Json& json) { return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string ToJson(const FeatureQuality& quality, const std::vector<std::size_t>& components) {
  return Text(JsonOf(quality, components));
}

std::string ToJson(const FeatureAgreement& agreement) { return Text(JsonOf(agreement)); }

std::string ToJson(const Comparison& comparison) {
  Json features = Json::array();
  for (const ComparedFeatures& each : comparison.features)
    features.push_back(JsonOf(each, comparison.components));
  return Text({{"format", 1}, {"components", comparison.components}, {"features", features}});
}

}  // namespace fruits
