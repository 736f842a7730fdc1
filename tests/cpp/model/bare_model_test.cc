#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fruits/model/bundle.h"
#include "fruits/model/feature_extractor.h"
#include "model/test_models.h"

namespace fruits {
namespace {

using ::testing::HasSubstr;

std::vector<float> OneRow(const Bundle& bundle, const std::vector<std::uint8_t>& photo, Pooling pooling) {
  const auto extractor = FeatureExtractor::Create(bundle, {.pooling = pooling});
  if (!extractor) {
    ADD_FAILURE() << extractor.error().message();
    return {};
  }
  std::vector<float> row((*extractor)->dimension());
  EXPECT_TRUE((*extractor)->Extract(photo, 1, row));
  return row;
}

TEST(BareModelTest, AMultipleOutputModelNeedsTheOutputNamed) {
  test::TempDir folder;
  const Bundle made = test::MakeConvBundle(folder.path());
  const std::string path = (folder.path() / "model.xml").string();
  const auto ambiguous = BundleFromModelFile(path, {});
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(ambiguous.error().message(), HasSubstr("feature_map, features, logits"));
  const auto missing = BundleFromModelFile(path, {.output = "embedding"});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), HasSubstr("'embedding'"));

  const auto bundle =
      BundleFromModelFile(path, {.mean = made.mean, .scale = made.scale, .output = "features"});
  ASSERT_TRUE(bundle) << bundle.error().message();
  EXPECT_EQ(bundle->name, "model");
  EXPECT_EQ(bundle->input_width, 32);
  EXPECT_EQ(bundle->features_output, "features");
  EXPECT_EQ(bundle->feature_map_output, "");
  EXPECT_EQ(bundle->dimension, 24U);
  EXPECT_EQ(bundle->precision, Precision::kF32);
  EXPECT_EQ(bundle->sha256, made.sha256);
  const auto photo = test::RandomPhotos(made, 1);
  EXPECT_EQ(OneRow(*bundle, photo, Pooling::kAverage), OneRow(made, photo, Pooling::kAverage));

  const auto map =
      BundleFromModelFile(path, {.mean = made.mean, .scale = made.scale, .output = "feature_map"});
  ASSERT_TRUE(map) << map.error().message();
  EXPECT_EQ(map->feature_map_output, "feature_map");
  EXPECT_EQ(OneRow(*map, photo, Pooling::kNone), OneRow(made, photo, Pooling::kNone));
}

TEST(BareModelTest, AQuantizedModelIsAnInt8Bundle) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path(), true);
  const auto bundle = BundleFromModelFile((folder.path() / "model.xml").string(), {.output = "features"});
  ASSERT_TRUE(bundle) << bundle.error().message();
  EXPECT_EQ(bundle->precision, Precision::kInt8);
}

TEST(BareModelTest, ChannelsLastIsSeenFromTheShape) {
  test::TempDir folder;
  const auto bundle = BundleFromModelFile(test::MakeChannelsLastModel(folder.path()), {});
  ASSERT_TRUE(bundle) << bundle.error().message();
  EXPECT_EQ(bundle->input_height, 4);
  EXPECT_EQ(bundle->input_width, 6);
  EXPECT_EQ(bundle->dimension, 3U);
  const auto photo = test::RandomPhotos(*bundle, 1);
  EXPECT_EQ(OneRow(*bundle, photo, Pooling::kNone), std::vector<float>(photo.begin(), photo.end()));
  const auto pooled = OneRow(*bundle, photo, Pooling::kAverage);
  for (std::size_t c = 0; c < 3; ++c) {
    double sum = 0;
    for (std::size_t i = 0; i < 24; ++i) sum += photo[3 * i + c];
    EXPECT_NEAR(pooled.at(c), sum / 24, 1e-3);
  }
}

TEST(BareModelTest, OnnxWithItsWeightsInAnotherFile) {
  test::TempDir folder;
  const std::string path = test::MakeOnnxModel(folder.path(), 0.5F, "weights.bin");
  const auto bundle = BundleFromModelFile(path, {});
  ASSERT_TRUE(bundle) << bundle.error().message();
  EXPECT_EQ(bundle->feature_map_output, "y");
  EXPECT_EQ(bundle->dimension, 2U);
  EXPECT_TRUE(bundle->sha256.contains("model.onnx"));
  EXPECT_TRUE(bundle->sha256.contains("weights.bin"))
      << "a change of the weights must change the model's hash";
  const auto photo = test::RandomPhotos(*bundle, 1);
  const auto row = OneRow(*bundle, photo, Pooling::kNone);
  ASSERT_EQ(row.size(), 32U);
  for (std::size_t i = 0; i < 16; ++i) {
    const float expected = 0.5F * static_cast<float>(photo[3 * i] + photo[3 * i + 1] + photo[3 * i + 2]);
    EXPECT_FLOAT_EQ(row[2 * i], expected);
    EXPECT_FLOAT_EQ(row[2 * i + 1], expected);
  }
  test::MakeOnnxModel(folder.path(), 0.25F, "weights.bin");
  const auto changed = BundleFromModelFile(path, {});
  ASSERT_TRUE(changed);
  EXPECT_NE(ModelHash(*changed), ModelHash(*bundle));
}

TEST(BareModelTest, OnnxWeightsOutsideItsFolderAreRefused) {
  test::TempDir folder;
  const auto bundle =
      BundleFromModelFile(test::MakeOnnxModel(folder.path() / "inner", 1.0F, "../weights.bin"), {});
  ASSERT_FALSE(bundle);
  EXPECT_EQ(bundle.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(bundle.error().message(), HasSubstr("../weights.bin"));
}

TEST(BareModelTest, BadFilesAreNamed) {
  test::TempDir folder;
  const auto error_of = [&](const std::string& path, const BareModelOptions& options = {}) {
    const auto bundle = BundleFromModelFile(path, options);
    return bundle ? Error(ErrorCode::kInternal, "no error") : bundle.error();
  };
  EXPECT_EQ(error_of("model.pb").code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of("/nonexistent/model.onnx").code(), ErrorCode::kNotFound);
  const std::string broken = (folder.path() / "broken.onnx").string();
  test::WriteText(broken, "not an onnx file");
  EXPECT_EQ(error_of(broken).code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error_of(broken).message(), HasSubstr(broken));
  const std::string good = test::MakeChannelsLastModel(folder.path());
  EXPECT_EQ(error_of(good, {.scale = {1, 0, 1}}).code(), ErrorCode::kInvalidArgument);
}

TEST(BareModelTest, AnInputWithoutSizeNeedsOne) {
  test::TempDir folder;
  test::MakeIdentityBundle(folder.path(), ColorOrder::kRgb);
  const std::string path = (folder.path() / "model.xml").string();
  const auto bundle = BundleFromModelFile(path, {});
  ASSERT_FALSE(bundle);
  EXPECT_THAT(bundle.error().message(), HasSubstr("input size"));
  const auto sized = BundleFromModelFile(path, {.input_width = 5, .input_height = 7});
  ASSERT_TRUE(sized) << sized.error().message();
  EXPECT_EQ(sized->input_width, 5);
  EXPECT_EQ(sized->input_height, 7);
}

}  // namespace
}  // namespace fruits
