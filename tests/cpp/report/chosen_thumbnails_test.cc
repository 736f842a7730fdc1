#include "report/chosen_thumbnails.h"

#include <gtest/gtest.h>

#include "fruits/io/feature_part.h"
#include "report/page_text.h"
#include "temp_folder.h"

namespace fruits::report {
namespace {

std::string PathOf(std::size_t i) { return "file:///photos/" + std::to_string(i) + ".jpg"; }
std::string ThumbnailOf(std::size_t i) { return "RIFF" + std::string(95, 'x') + std::to_string(i % 10); }

class ChosenThumbnailsTest : public testing::Test {
 protected:
  // Two parts of 50 photos each.
  void SetUp() override {
    for (std::size_t part = 0; part < 2; ++part) {
      FeaturePart made{.fingerprint = "0123abcd", .dimension = 1};
      for (std::size_t i = 50 * part; i < 50 * (part + 1); ++i) {
        made.rows.push_back({.path = PathOf(i)});
        made.features.push_back(0);
        made.thumbnails.push_back(ThumbnailOf(i));
      }
      ASSERT_TRUE(WriteFeaturePart(temp_.folder(), FeaturePartName(part, 1), made));
    }
    for (std::size_t i = 0; i < 100; ++i) paths_.push_back(PathOf(i));
  }

  test::TempFolder temp_;
  std::vector<std::string> paths_;
};

TEST_F(ChosenThumbnailsTest, AllWhereTheyFit) {
  ChosenThumbnails chosen(paths_, {}, {});
  ASSERT_TRUE(chosen.Read(temp_.folder()));
  EXPECT_EQ(chosen.count(), 100U);
  EXPECT_EQ(chosen.text(0), Base64(ThumbnailOf(0)));
  EXPECT_EQ(chosen.text(77), Base64(ThumbnailOf(77)));
}

TEST_F(ChosenThumbnailsTest, NamedOnesFirstThenAnEvenPart) {
  ChosenThumbnails chosen(paths_, {99, 0, 99}, {.max_count = 22});
  ASSERT_TRUE(chosen.Read(temp_.folder()));
  EXPECT_EQ(chosen.count(), 22U);
  EXPECT_FALSE(chosen.text(0).empty());
  EXPECT_FALSE(chosen.text(99).empty());
  std::size_t in_first_half = 0;
  for (std::size_t i = 1; i < 50; ++i) in_first_half += chosen.text(i).empty() ? 0 : 1;
  EXPECT_GE(in_first_half, 8U);
  EXPECT_LE(in_first_half, 12U);
}

TEST_F(ChosenThumbnailsTest, BytesAreBounded) {
  const std::size_t each = Base64(ThumbnailOf(0)).size();
  ChosenThumbnails chosen(paths_, {5}, {.max_bytes = 10 * each + each / 2});
  ASSERT_TRUE(chosen.Read(temp_.folder()));
  EXPECT_EQ(chosen.count(), 10U);
  EXPECT_FALSE(chosen.text(5).empty());
}

TEST_F(ChosenThumbnailsTest, NoneAreAskedForNoneAreRead) {
  ChosenThumbnails chosen(paths_, {1}, {.max_count = 0});
  ASSERT_TRUE(chosen.Read(temp_.folder()));
  EXPECT_EQ(chosen.count(), 0U);
}

TEST_F(ChosenThumbnailsTest, APhotoWithoutOneStaysWithout) {
  paths_.push_back("file:///elsewhere.jpg");
  ChosenThumbnails chosen(paths_, {}, {});
  ASSERT_TRUE(chosen.Read(temp_.folder()));
  EXPECT_EQ(chosen.count(), 100U);
  EXPECT_EQ(chosen.text(100), "");
}

}  // namespace
}  // namespace fruits::report
