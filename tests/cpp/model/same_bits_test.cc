// Features are the same bits for any batch size, number of streams, place in a batch, saved copy or cached
// compile.
#include <gtest/gtest.h>

#include <cstring>

#include "fruits/model/feature_extractor.h"
#include "model/test_models.h"

namespace fruits {
namespace {

std::vector<float> Features(const Bundle& bundle, ExtractorOptions options,
                            const std::vector<std::uint8_t>& photos, std::size_t count) {
  options.precision = bundle.precision;
  options.force = true;
  const auto extractor = FeatureExtractor::Create(bundle, options);
  if (!extractor) {
    ADD_FAILURE() << extractor.error().message();
    return {};
  }
  std::vector<float> features(count * (*extractor)->dimension());
  const Status status = (*extractor)->Extract(photos, count, features);
  EXPECT_TRUE(status) << status.error().message();
  return features;
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return !a.empty() && a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void ExpectSameBits(const Bundle& bundle, std::size_t count, const std::vector<int>& batches) {
  const auto photos = test::RandomPhotos(bundle, count);
  const auto expected = Features(bundle, {.batch_size = 1, .threads = 1}, photos, count);
  for (const int batch : batches) {
    for (const int threads : {1, 2, 3}) {
      EXPECT_TRUE(
          SameBits(Features(bundle, {.batch_size = batch, .threads = threads}, photos, count), expected))
          << bundle.name << ", batch " << batch << ", threads " << threads;
    }
  }
  // Reversed, every photo has another place and other neighbours.
  const std::size_t size = photos.size() / count;
  const std::size_t dimension = expected.size() / count;
  std::vector<std::uint8_t> reversed(photos.size());
  for (std::size_t i = 0; i < count; ++i)
    std::memcpy(&reversed[i * size], &photos[(count - 1 - i) * size], size);
  const auto back = Features(bundle, {.batch_size = batches.back()}, reversed, count);
  ASSERT_EQ(back.size(), expected.size());
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(
        std::memcmp(&back[i * dimension], &expected[(count - 1 - i) * dimension], dimension * sizeof(float)),
        0)
        << bundle.name << ", photo " << i;
  }
}

TEST(SameBitsTest, SmallNetF32) {
  test::TempDir folder;
  ExpectSameBits(test::MakeConvBundle(folder.path()), 21, {2, 3, 8, 16, 32});
}

TEST(SameBitsTest, SmallNetInt8) {
  test::TempDir folder;
  ExpectSameBits(test::MakeConvBundle(folder.path(), true), 21, {2, 3, 8, 16, 32});
}

TEST(SameBitsTest, FlattenedMap) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  const auto photos = test::RandomPhotos(bundle, 9);
  const auto expected = Features(bundle, {.pooling = Pooling::kNone, .batch_size = 1}, photos, 9);
  EXPECT_TRUE(SameBits(Features(bundle, {.pooling = Pooling::kNone, .batch_size = 4}, photos, 9), expected));
}

TEST(SameBitsTest, EfficientNetLite0) {
  FRUITS_REQUIRE_MODEL(bundle, "efficientnet-lite0");
  ExpectSameBits(bundle, 9, {2, 3, 4, 5, 8, 16});
}

TEST(SameBitsTest, ResNet50) {
  FRUITS_REQUIRE_MODEL(bundle, "resnet50");
  ExpectSameBits(bundle, 7, {2, 3, 4, 6});
}

TEST(SameBitsTest, ASavedAndReloadedBundle) {
  test::TempDir folder;
  const Bundle made = test::MakeConvBundle(folder.path() / "a");
  std::filesystem::copy(folder.path() / "a", folder.path() / "b");
  const auto loaded = LoadBundle((folder.path() / "b").string());
  ASSERT_TRUE(loaded) << loaded.error().message();
  const auto photos = test::RandomPhotos(made, 6);
  EXPECT_TRUE(SameBits(Features(*loaded, {}, photos, 6), Features(made, {}, photos, 6)));
}

TEST(SameBitsTest, AReloadedRealBundleFromTheCache) {
  FRUITS_REQUIRE_MODEL(bundle, "efficientnet-lite0");
  test::TempDir folder;
  const auto photos = test::RandomPhotos(bundle, 4);
  const std::string cache = (folder.path() / "cache").string();
  const auto fresh = Features(bundle, {}, photos, 4);
  EXPECT_TRUE(SameBits(Features(bundle, {.cache_directory = cache}, photos, 4), fresh))
      << "while it is written";
  EXPECT_TRUE(SameBits(Features(bundle, {.cache_directory = cache}, photos, 4), fresh)) << "read";
}

}  // namespace
}  // namespace fruits
