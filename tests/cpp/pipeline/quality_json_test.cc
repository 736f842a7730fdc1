#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fruits/pipeline/compare.h"

namespace fruits {
namespace {

using Json = nlohmann::json;

Comparison OfOne() {
  ComparedFeatures features{.name = "net-auto-own-avg", .model = "net", .precision = "int8"};
  features.precision_reason = "net-int8: cosine 0.99 to f32";
  features.speed = {.images_per_second = 12.5, .photos = 40};
  features.speed_is_earlier = true;
  features.quality.photos = 3;
  features.quality.variance_kept = {0.5};
  features.quality.accuracy_unknown_as = "no labels to tell apart";
  features.quality.groups = {.rule = "as they come", .groups = 2, .smallest = 1, .largest = 2};
  Comparison comparison{.components = {7}, .features = {features}, .speeds = {}, .is_finished = true};
  comparison.speeds["net-auto-own-avg"] = features.speed;
  comparison.speeds["other-f32-96-avg"] = {.images_per_second = 99, .photos = 2000};
  return comparison;
}

TEST(QualityJson, SpeedsAreReadBackAsTheyWere) {
  const auto speeds = ReadSpeeds(ToJson(OfOne()));
  ASSERT_TRUE(speeds) << speeds.error().message();
  ASSERT_EQ(speeds->size(), 2U);
  EXPECT_DOUBLE_EQ(speeds->at("other-f32-96-avg").images_per_second, 99);
  EXPECT_EQ(speeds->at("other-f32-96-avg").photos, 2000U);
}

TEST(QualityJson, ForeignTextIsRefused) {
  for (const char* text :
       {"", "[]", "{}", R"({"format": 1})", R"({"format": 2, "features": []})", "{\"form"}) {
    const auto speeds = ReadSpeeds(text);
    ASSERT_FALSE(speeds) << text;
    EXPECT_EQ(speeds.error().code(), ErrorCode::kCorrupt);
  }
  EXPECT_TRUE(ReadSpeeds(R"({"format": 1, "features": []})")->empty());
  EXPECT_TRUE(ReadSpeeds(R"({"format": 1, "features": [], "speeds": {"a": {"photos": "x"}}})")->empty());
}

TEST(QualityJson, SaysWhatIsNotKnownWhyAndWhoChose) {
  const Json json = Json::parse(ToJson(OfOne()));
  EXPECT_TRUE(json["finished"].get<bool>());
  EXPECT_EQ(json["groups"]["groups"], 2);
  const Json& row = json["features"][0];
  EXPECT_EQ(row["precision_reason"], "net-int8: cosine 0.99 to f32");
  EXPECT_EQ(row["images_per_second"], 12.5);
  EXPECT_TRUE(row["timed_by_earlier_run"].get<bool>());
  const Json& quality = row["quality"];
  EXPECT_TRUE(quality["nearest_accuracy"].is_null() && quality["probe_accuracy"].is_null());
  EXPECT_EQ(quality["accuracy_unknown_as"], "no labels to tell apart");
  EXPECT_EQ(quality["groups"]["photos_a_group"]["most"], 2);
  EXPECT_EQ(quality["variance_kept"]["7"], 0.5);
}

TEST(QualityJson, SaysWhichAnswersChanged) {
  FeatureAgreement agreement;
  Json json = Json::parse(ToJson(agreement));
  EXPECT_TRUE(json["nearest_change"].is_null() && json["probe_change"].is_null());
  agreement.nearest_change = PairedChange{.right_to_wrong = 5, .wrong_to_right = 3, .standard_error = 0.25};
  json = Json::parse(ToJson(agreement));
  EXPECT_EQ(json["nearest_change"],
            (Json{{"right_to_wrong", 5}, {"wrong_to_right", 3}, {"standard_error", 0.25}}));
  EXPECT_TRUE(json["probe_change"].is_null());
}

}  // namespace
}  // namespace fruits
