// The JSON of quality.h and compare.h.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "fruits/pipeline/compare.h"

namespace fruits {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;

Json JsonOf(const GroupFacts& groups) {
  Json json{{"rule", groups.rule},
            {"groups", groups.groups},
            {"photos_a_group", {{"least", groups.smallest}, {"most", groups.largest}}}};
  if (groups.expression.empty()) {
    json["labels_without_margins"] = groups.labels_without_margins;
  } else {
    json["expression"] = groups.expression;
    json["matched"] = groups.matched;
  }
  return json;
}

Json JsonOf(const FeatureQuality& quality, const std::vector<std::size_t>& components) {
  Json kept = Json::object();
  for (std::size_t i = 0; i < quality.variance_kept.size(); ++i)
    kept[std::to_string(components[i])] = quality.variance_kept[i];
  // A number that is not known is a NaN, which JSON writes as null.
  Json json{{"photos", quality.photos},
            {"labels", quality.labels},
            {"dimension", quality.dimension},
            {"nearest_accuracy", quality.nearest_accuracy},
            {"probe_accuracy", quality.probe_accuracy},
            {"variance_kept", kept},
            {"groups", JsonOf(quality.groups)}};
  if (!quality.accuracy_unknown_as.empty()) json["accuracy_unknown_as"] = quality.accuracy_unknown_as;
  return json;
}

// null where the accuracy is not known.
Json JsonOf(const std::optional<PairedChange>& change) {
  if (!change) return nullptr;
  return {{"right_to_wrong", change->right_to_wrong},
          {"wrong_to_right", change->wrong_to_right},
          {"standard_error", change->standard_error}};
}

Json JsonOf(const FeatureAgreement& agreement) {
  Json json{{"same_nearest_photo", agreement.same_nearest_photo},
            {"same_nearest_label", agreement.same_nearest_label},
            {"nearest_change", JsonOf(agreement.nearest_change)},
            {"probe_change", JsonOf(agreement.probe_change)},
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
  if (!features.precision_reason.empty()) json["precision_reason"] = features.precision_reason;
  json["model_bytes"] = features.model_bytes;
  json["rejected"] = features.rejected;
  json["quality"] = JsonOf(features.quality, components);
  if (features.speed.images_per_second > 0) {
    json["images_per_second"] = features.speed.images_per_second;
    json["timed_photos"] = features.speed.photos;
    json["timed_by_earlier_run"] = features.speed_is_earlier;
  }
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
  Json speeds = Json::object();
  for (const auto& [name, speed] : comparison.speeds)
    speeds[name] = {{"images_per_second", speed.images_per_second}, {"photos", speed.photos}};
  Json json{{"format", kFormat},
            {"finished", comparison.is_finished},
            {"components", comparison.components},
            {"features", features},
            {"speeds", speeds}};
  const auto judged = std::ranges::find_if(comparison.features, &ComparedFeatures::is_judged);
  if (judged != comparison.features.end()) json["groups"] = JsonOf(judged->quality.groups);
  return Text(json);
}

Result<MeasuredSpeeds> ReadSpeeds(const std::string& compare_json) {
  const Json json = Json::parse(compare_json, nullptr, false);
  const auto field = [&json](const char* name) {
    return json.is_object() ? json.value(name, Json()) : Json();
  };
  const Json format = field("format");
  if (!format.is_number_integer() || format.get<int>() != kFormat || !field("features").is_array()) {
    return Fail(
        ErrorCode::kCorrupt,
        fmt::format("expected what fruits compare writes (\"format\" {} and \"features\"); remove it, or use "
                    "another --output",
                    kFormat));
  }
  MeasuredSpeeds speeds;
  const Json stored = field("speeds");
  if (!stored.is_object()) return speeds;
  for (const auto& [name, speed] : stored.items()) {
    const Json rate = speed.is_object() ? speed.value("images_per_second", Json()) : Json();
    const Json photos = speed.is_object() ? speed.value("photos", Json()) : Json();
    if (!rate.is_number() || !photos.is_number_unsigned()) continue;
    speeds[name] = {.images_per_second = rate.get<double>(), .photos = photos.get<std::uint64_t>()};
  }
  return speeds;
}

}  // namespace fruits
