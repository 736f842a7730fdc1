#include "pipeline/photo_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace fruits {
namespace {

using testing::ElementsAre;

TEST(PhotoGroups, NamesAreOrderedWithNumbersAsNumbers) {
  std::vector<std::string> names = {"r_10.jpg", "r_9.jpg", "r_09.jpg", "10.jpg", "9_2.jpg",
                                    "9_10.jpg", "a",       "",         "A"};
  std::ranges::sort(names, ComesBeforeInNaturalOrder);
  EXPECT_THAT(names,
              ElementsAre("", "9_2.jpg", "9_10.jpg", "10.jpg", "A", "a", "r_9.jpg", "r_09.jpg", "r_10.jpg"));
}

TEST(PhotoGroups, NumbersOfAnyLengthCompare) {
  EXPECT_TRUE(ComesBeforeInNaturalOrder("99999999999999999999", "100000000000000000000"));
  EXPECT_FALSE(ComesBeforeInNaturalOrder("7", "7"));
}

TEST(PhotoGroups, NeighbouringNamesOfALabelAreOneGroup) {
  std::vector<std::string> paths, labels;
  for (int i = 0; i < 10; ++i) {
    paths.push_back("/p/Kiwi/" + std::to_string(i) + "_100.jpg");
    labels.emplace_back("Kiwi");
  }
  paths.emplace_back("/p/Plum/1.jpg");
  labels.emplace_back("Plum");
  const auto groups = GroupPhotos(paths, labels, "");
  ASSERT_TRUE(groups);
  EXPECT_THAT(*groups, ElementsAre(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 0));
}

TEST(PhotoGroups, AnExpressionSaysWhichBelongTogether) {
  const std::vector<std::string> paths = {"/p/a/r_1.jpg", "/p/a/2.jpg", "/p/b/r_7.jpg"};
  const std::vector<std::string> labels = {"a", "a", "b"};
  const auto groups = GroupPhotos(paths, labels, "/(r_)?[0-9]+\\.jpg$");
  ASSERT_TRUE(groups) << groups.error().message();
  EXPECT_THAT(*groups, ElementsAre(0, 1, 0));
  EXPECT_EQ(GroupPhotos(paths, labels, "(a)(b)").error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace fruits
