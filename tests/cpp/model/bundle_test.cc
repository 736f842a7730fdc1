#include "fruits/model/bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "model/test_models.h"

namespace fruits {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

TEST(BundleTest, LoadsEveryFieldThatWasWritten) {
  test::TempDir folder;
  Bundle made = test::MakeConvBundle(folder.path());
  made.version = "7";
  made.color_order = ColorOrder::kBgr;
  made.mean = {103.939F, 116.779F, 123.68F};
  made.resize_filter = Filter::kLanczos;
  made.isa = "avx512_vnni";
  made.source = "made here";
  made.licence = "Apache-2.0";
  test::WriteBundleJson(made);
  const auto bundle = LoadBundle(folder.path().string());
  ASSERT_TRUE(bundle) << bundle.error().message();
  EXPECT_EQ(bundle->name, "conv");
  EXPECT_EQ(bundle->version, "7");
  EXPECT_EQ(bundle->directory, folder.path().string());
  EXPECT_EQ(bundle->model_file, "model.xml");
  EXPECT_EQ(bundle->input_width, 32);
  EXPECT_EQ(bundle->input_height, 32);
  EXPECT_EQ(bundle->color_order, ColorOrder::kBgr);
  EXPECT_EQ(bundle->mean, made.mean);
  EXPECT_EQ(bundle->scale, made.scale);
  EXPECT_EQ(bundle->resize_filter, Filter::kLanczos);
  EXPECT_EQ(bundle->feature_map_output, "feature_map");
  EXPECT_EQ(bundle->features_output, "features");
  EXPECT_EQ(bundle->dimension, 24U);
  EXPECT_EQ(bundle->logits_output, "logits");
  EXPECT_EQ(bundle->classes, made.classes);
  EXPECT_EQ(bundle->precision, Precision::kF32);
  EXPECT_EQ(bundle->isa, "avx512_vnni");
  EXPECT_EQ(bundle->source, "made here");
  EXPECT_EQ(bundle->licence, "Apache-2.0");
  EXPECT_EQ(bundle->sha256.size(), 2U);
  EXPECT_TRUE(VerifyBundle(*bundle));
}

// The text of a bundle.json with such a "quantized_from".
Result<Bundle> WithQuantizedFrom(const Json& from) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path(), /*int8=*/true);
  Json json = Json::parse(test::ReadText(folder.path() / "bundle.json"));
  json["quantized_from"] = from;
  return ParseBundle(json.dump(), folder.path().string());
}

TEST(BundleTest, SaysHowItsQualityWasMeasured) {
  Json from = {{"sha256", {{"model.xml", std::string(64, 'a')}}}, {"cosine", 0.99}, {"accuracy_drop", 0.001}};
  const auto older = WithQuantizedFrom(from);
  ASSERT_TRUE(older) << older.error().message();
  EXPECT_EQ(older->quantized_from->cosine, 0.99);
  EXPECT_FALSE(older->quantized_from->speed_ratio);
  EXPECT_EQ(older->quantized_from->speed_isa, "");
  EXPECT_FALSE(older->quantized_from->accuracy_drop_standard_error);
  EXPECT_FALSE(older->quantized_from->evaluation_photos);
  EXPECT_FALSE(older->quantized_from->evaluation_calibrated_on);
  EXPECT_EQ(older->quantized_from->pooling, "avg");
  EXPECT_EQ(older->quantized_from->input_size, 0);
  EXPECT_EQ(older->quantized_from->fit, "full");
  EXPECT_EQ(older->quantized_from->filter, "auto");
  EXPECT_EQ(older->quantized_from->min_cosine, kMinCosine);
  EXPECT_EQ(older->quantized_from->max_accuracy_drop, kMaxAccuracyDrop);
  from.update({{"speed_ratio", 3.5},
               {"speed_isa", "avx512_vnni"},
               {"accuracy_drop_standard_error", 0.0025},
               {"evaluation_photos", 700},
               {"evaluation_calibrated_on", 300},
               {"pooling", "none"},
               {"input_size", 96},
               {"fit", "crop"},
               {"filter", "box"},
               {"min_cosine", 0},
               {"max_accuracy_drop", 1}});
  const auto newer = WithQuantizedFrom(from);
  ASSERT_TRUE(newer) << newer.error().message();
  EXPECT_EQ(newer->quantized_from->speed_ratio, 3.5);
  EXPECT_EQ(newer->quantized_from->speed_isa, "avx512_vnni");
  EXPECT_EQ(newer->quantized_from->accuracy_drop_standard_error, 0.0025);
  EXPECT_EQ(DescribeAccuracy(*newer->quantized_from), "accuracy -0.10 points (standard error 0.25)");
  EXPECT_EQ(newer->quantized_from->evaluation_photos, 700);
  EXPECT_EQ(newer->quantized_from->evaluation_calibrated_on, 300);
  EXPECT_EQ(newer->quantized_from->pooling, "none");
  EXPECT_EQ(newer->quantized_from->input_size, 96);
  EXPECT_EQ(newer->quantized_from->fit, "crop");
  EXPECT_EQ(newer->quantized_from->filter, "box");
  EXPECT_EQ(newer->quantized_from->min_cosine, 0);
  EXPECT_EQ(newer->quantized_from->max_accuracy_drop, 1);
  for (const auto& [key, bad] : {std::pair("speed_ratio", Json("fast")),
                                 {"input_size", "96"},
                                 {"min_cosine", "0"},
                                 {"accuracy_drop_standard_error", "small"},
                                 {"evaluation_photos", -1},
                                 {"evaluation_photos", 0.5},
                                 {"evaluation_calibrated_on", 701},
                                 {"speed_isa", 2}}) {
    Json damaged = from;
    damaged[key] = bad;
    const auto bundle = WithQuantizedFrom(damaged);
    ASSERT_FALSE(bundle) << key;
    EXPECT_EQ(bundle.error().code(), ErrorCode::kCorrupt);
    EXPECT_THAT(bundle.error().message(), HasSubstr(std::string("'quantized_from.") + key));
  }
}

TEST(BundleTest, MissingFolderIsNotFound) {
  const auto bundle = LoadBundle("/nonexistent/model");
  ASSERT_FALSE(bundle);
  EXPECT_EQ(bundle.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(bundle.error().message(), HasSubstr("/nonexistent/model/bundle.json"));
}

TEST(BundleTest, TextThatIsNotJsonIsCorrupt) {
  for (const char* text : {"", "{", "[]", "3", "{\"format\":1,}", "\xff\xfe"}) {
    test::TempDir folder;
    test::WriteText(folder.path() / "bundle.json", text);
    const auto bundle = LoadBundle(folder.path().string());
    ASSERT_FALSE(bundle) << text;
    EXPECT_EQ(bundle.error().code(), ErrorCode::kCorrupt) << text;
  }
}

struct Damage {
  const char* what;
  std::function<void(Json&)> apply;
  const char* named;  // must stand in the message
};

// The test's name holds this; without it it would hold addresses.
void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.what; }

class BundleDamageTest : public testing::TestWithParam<Damage> {};

TEST_P(BundleDamageTest, IsCorruptAndNamesTheField) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path());
  Json json = Json::parse(test::ReadText(folder.path() / "bundle.json"));
  GetParam().apply(json);
  test::WriteText(folder.path() / "bundle.json", json.dump());
  const auto bundle = LoadBundle(folder.path().string());
  ASSERT_FALSE(bundle);
  EXPECT_EQ(bundle.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(bundle.error().message(), HasSubstr(GetParam().named));
  EXPECT_THAT(bundle.error().message(), HasSubstr("expected"));
  EXPECT_THAT(bundle.error().message(), HasSubstr("bundle.json"));
}

INSTANTIATE_TEST_SUITE_P(
    All, BundleDamageTest,
    testing::Values(
        Damage{"Format2", [](Json& j) { j["format"] = 2; }, "'format' is 2"},
        Damage{"NoFormat", [](Json& j) { j.erase("format"); }, "'format' is missing"},
        Damage{"EmptyName", [](Json& j) { j["name"] = ""; }, "'name'"},
        Damage{"NameNumber", [](Json& j) { j["name"] = 5; }, "'name' is 5"},
        Damage{"NoModelFile", [](Json& j) { j.erase("model_file"); }, "'model_file'"},
        Damage{"ModelFileOutside", [](Json& j) { j["model_file"] = "../model.xml"; }, "../model.xml"},
        Damage{"ModelFileAbsolute", [](Json& j) { j["model_file"] = "/etc/model.xml"; }, "/etc/model.xml"},
        Damage{"ModelFileExtension", [](Json& j) { j["model_file"] = "model.pb"; }, "model.pb"},
        Damage{"DigestOutside", [](Json& j) { j["sha256"]["../x"] = std::string(64, 'a'); }, "sha256"},
        Damage{"DigestShort", [](Json& j) { j["sha256"]["model.bin"] = "abc"; }, "sha256"},
        Damage{"DigestUpper", [](Json& j) { j["sha256"]["model.bin"] = std::string(64, 'A'); }, "sha256"},
        Damage{"DigestOfModelMissing", [](Json& j) { j["sha256"].erase("model.xml"); }, "model.xml"},
        Damage{"DigestsAList", [](Json& j) { j["sha256"] = Json::array(); }, "sha256"},
        Damage{"NoInput", [](Json& j) { j.erase("input"); }, "'input'"},
        Damage{"WidthZero", [](Json& j) { j["input"]["width"] = 0; }, "'input.width' is 0"},
        Damage{"WidthHuge", [](Json& j) { j["input"]["width"] = 18446744073709551615ULL; }, "'input.width'"},
        Damage{"HeightReal", [](Json& j) { j["input"]["height"] = 224.5; }, "'input.height' is 224.5"},
        Damage{"ColorOrder", [](Json& j) { j["input"]["color_order"] = "gbr"; },
               "'input.color_order' is \"gbr\""},
        Damage{"MeanOfTwo", [](Json& j) { j["input"]["mean"] = {1, 2}; }, "'input.mean'"},
        Damage{"MeanText", [](Json& j) { j["input"]["mean"] = {1, 2, "3"}; }, "'input.mean'"},
        Damage{"ScaleZero", [](Json& j) { j["input"]["scale"] = {1, 0, 1}; }, "'input.scale'"},
        Damage{"ScaleHuge", [](Json& j) { j["input"]["scale"] = {1, 1e300, 1}; }, "'input.scale'"},
        Damage{"Filter", [](Json& j) { j["input"]["resize_filter"] = "cubic"; }, "'input.resize_filter'"},
        Damage{"NoOutputs", [](Json& j) { j["outputs"] = Json::object(); }, "outputs.feature"},
        Damage{"DimensionZero", [](Json& j) { j["dimension"] = 0; }, "'dimension' is 0"},
        Damage{"DimensionNegative", [](Json& j) { j["dimension"] = -1; }, "'dimension' is -1"},
        Damage{"Classes", [](Json& j) { j["classes"] = {"a", 1}; }, "'classes'"},
        Damage{"Precision", [](Json& j) { j["precision"] = "bf16"; }, "'precision' is \"bf16\""}),
    [](const auto& test_info) { return std::string(test_info.param.what); });

TEST(BundleTest, AnAccuracyMayNotBeKnown) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path());
  Json json = Json::parse(test::ReadText(folder.path() / "bundle.json"));
  const auto with = [&](const Json& accuracy_drop) {
    json["quantized_from"] = {{"sha256", {{"model.xml", std::string(64, 'a')}}},
                              {"cosine", 0.9925},
                              {"accuracy_drop", accuracy_drop}};
    return ParseBundle(json.dump(), folder.path().string());
  };
  auto bundle = with(0.001);
  ASSERT_TRUE(bundle) << bundle.error().message();
  EXPECT_EQ(DescribeAccuracy(*bundle->quantized_from), "accuracy -0.10 points");
  bundle = with(nullptr);
  ASSERT_TRUE(bundle) << bundle.error().message();
  EXPECT_EQ(DescribeAccuracy(*bundle->quantized_from), "accuracy not known");
  bundle = with("little");
  ASSERT_FALSE(bundle);
  EXPECT_THAT(bundle.error().message(), HasSubstr("'quantized_from.accuracy_drop' is \"little\""));
}

TEST(BundleTest, VerifyNamesTheFileThatChanged) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  std::string weights = test::ReadText(folder.path() / "model.bin");
  weights[weights.size() / 2] = static_cast<char>(weights[weights.size() / 2] ^ 1);
  test::WriteText(folder.path() / "model.bin", weights);
  const Status status = VerifyBundle(bundle);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(status.error().message(), HasSubstr("model.bin has SHA-256"));
  EXPECT_THAT(status.error().message(), HasSubstr(bundle.sha256.at("model.bin")));
}

TEST(BundleTest, VerifyNamesTheFileThatIsMissing) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  std::filesystem::remove(folder.path() / "model.bin");
  const Status status = VerifyBundle(bundle);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(status.error().message(), HasSubstr("model.bin is missing"));
}

TEST(ModelHashTest, ChangesWithEverythingThatChangesANumber) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  const std::string hash = ModelHash(bundle);
  EXPECT_EQ(hash.size(), 64U);
  const std::vector<std::function<void(Bundle&)>> changes = {
      [](Bundle& b) { b.input_width = 33; },
      [](Bundle& b) { b.input_height = 33; },
      [](Bundle& b) { b.color_order = ColorOrder::kBgr; },
      [](Bundle& b) { b.mean[1] = std::nextafter(b.mean[1], 1000.0F); },
      [](Bundle& b) { b.scale[2] = std::nextafter(b.scale[2], 1000.0F); },
      [](Bundle& b) { b.resize_filter = Filter::kBox; },
      [](Bundle& b) { b.feature_map_output += '2'; },
      [](Bundle& b) { b.features_output = ""; },
      [](Bundle& b) { b.precision = Precision::kInt8; },
      [](Bundle& b) { b.sha256["model.bin"][0] ^= 1; },
      [](Bundle& b) { b.sha256["model.xml"][0] ^= 1; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Bundle changed = bundle;
    changes[i](changed);
    EXPECT_NE(ModelHash(changed), hash) << "change " << i;
  }
}

TEST(ModelHashTest, KeepsWithWhatPeopleRead) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  Bundle changed = bundle;
  changed.name = "other";
  changed.version = "9";
  changed.directory = "/elsewhere";
  changed.source = "x";
  changed.licence = "y";
  changed.isa = "z";
  changed.classes.clear();
  changed.logits_output = "";
  EXPECT_EQ(ModelHash(changed), ModelHash(bundle));
}

}  // namespace
}  // namespace fruits
