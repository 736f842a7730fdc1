#include "pipeline/part_cache.h"

#include <gtest/gtest.h>

#include "pipeline/parts_ahead.h"
#include "temp_folder.h"

namespace fruits {
namespace {

constexpr std::size_t kParts = 12;
constexpr std::size_t kRows = 3;

class PartsTest : public testing::Test {
 protected:
  PartsTest() {
    for (std::uint32_t number = 0; number < kParts; ++number) {
      FeaturePart part;
      part.fingerprint = "f";
      part.dimension = 2;
      for (std::size_t row = 0; row < kRows; ++row) {
        part.rows.push_back({.path = "file:///" + std::to_string(100 * number + row)});
        part.features.insert(part.features.end(), {static_cast<float>(number), static_cast<float>(row)});
      }
      names_.push_back(FeaturePartName(number, 7));
      EXPECT_TRUE(WriteFeaturePart(out_.folder(), names_.back(), part));
    }
  }
  void Damage(std::uint32_t part) { ASSERT_TRUE(out_.folder().Write("features/" + names_[part], "no part")); }

  test::TempFolder out_;
  std::vector<std::string> names_;
};

TEST_F(PartsTest, CacheGivesEachPartInAnyOrderOfAsking) {
  for (const auto order : {PartCache::Order::kAny, PartCache::Order::kCatalog}) {
    PartCache cache(out_.folder(), names_, PartColumns::kRowsAndFeatures, order);
    // A row of parts with two later ones between them, then one again that has gone.
    for (const std::uint32_t number : {0U, 10U, 1U, 2U, 11U, 3U, 3U, 4U, 10U, 5U, 0U}) {
      const auto part = cache.Get(number);
      ASSERT_TRUE(part) << part.error().message();
      EXPECT_EQ((*part)->features[0], static_cast<float>(number));
    }
  }
}

TEST_F(PartsTest, ADamagedPartIsAnErrorOnlyWhenItIsAskedFor) {
  Damage(1);
  PartCache cache(out_.folder(), names_, PartColumns::kRowsAndFeatures, PartCache::Order::kCatalog);
  EXPECT_TRUE(cache.Get(0)) << "part 1 is read ahead";
  EXPECT_EQ(cache.Get(1).error().code(), ErrorCode::kCorrupt);
  EXPECT_TRUE(cache.Get(2));
}

TEST_F(PartsTest, NamesMayGrow) {
  std::vector<std::string> names(names_.begin(), names_.begin() + 2);
  PartCache cache(out_.folder(), names, PartColumns::kRows, PartCache::Order::kCatalog);
  EXPECT_TRUE(cache.Get(1));
  names = names_;
  EXPECT_TRUE(cache.Get(7));
}

TEST_F(PartsTest, AheadGivesAllInOrderWithTheirErrors) {
  Damage(5);
  PartsAhead parts(out_.folder(), names_, PartColumns::kRowsAndFeatures);
  for (std::uint32_t number = 0; number < kParts; ++number) {
    const auto part = parts.Next();
    if (number == 5) {
      EXPECT_EQ(part.error().code(), ErrorCode::kCorrupt);
    } else {
      EXPECT_EQ(part->features[0], static_cast<float>(number));
    }
  }
}

TEST_F(PartsTest, AheadMayBeLeftInTheMiddle) {
  PartsAhead parts(out_.folder(), names_, PartColumns::kRows);
  EXPECT_TRUE(parts.Next());
}

}  // namespace
}  // namespace fruits
