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
  EXPECT_THAT(groups->rows.group, ElementsAre(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 0));
  EXPECT_EQ(groups->facts.groups, 5U);
  EXPECT_EQ(groups->facts.smallest, 2U);
  EXPECT_EQ(groups->facts.largest, 3U);
  EXPECT_EQ(groups->facts.labels_without_margins, 1U);
}

// Photos of one label in the order of their names.
PhotoGroups OfOneLabel(std::size_t photos) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < photos; ++i) paths.push_back("/p/Kiwi/" + std::to_string(i) + "_100.jpg");
  return *GroupPhotos(paths, std::vector<std::string>(photos, "Kiwi"), "");
}

TEST(PhotoGroups, NoPhotoIsToldByItsNeighbours) {
  for (const std::size_t n : {5U, 6U, 7U, 10U, 11U, 15U, 21U, 90U, 101U}) {
    const RowGroups rows = OfOneLabel(n).rows;
    const std::size_t margin = (n + 9) / 10;
    for (std::size_t asked = 0; asked < n; ++asked) {
      std::size_t left = 0;
      for (std::size_t row = 0; row < n; ++row) {
        const std::size_t apart = row > asked ? row - asked : asked - row;
        const bool may_tell = rows.MayTell(row, rows.group[asked]);
        left += may_tell;
        // A turn ends where it began.
        if (std::min(apart, n - apart) <= margin) {
          EXPECT_FALSE(may_tell) << n << ": " << row << ", " << asked;
        }
      }
      EXPECT_GE(3 * left, n) << "too few are left to tell";
    }
  }
}

TEST(PhotoGroups, TooFewPhotosOfALabelHaveNoMargins) {
  for (const std::size_t n : {1U, 2U, 3U, 4U}) {
    const PhotoGroups groups = OfOneLabel(n);
    EXPECT_EQ(groups.facts.groups, n);
    EXPECT_EQ(groups.facts.labels_without_margins, 1U);
    for (std::size_t row = 1; row < n; ++row) EXPECT_TRUE(groups.rows.MayTell(row, groups.rows.group[0]));
  }
  EXPECT_EQ(OfOneLabel(5).facts.labels_without_margins, 0U);
}

TEST(PhotoGroups, AnExpressionSaysWhichBelongTogether) {
  const std::vector<std::string> paths = {"/p/a/r_1.jpg", "/p/a/2.jpg", "/p/b/r_7.jpg"};
  const std::vector<std::string> labels = {"a", "a", "b"};
  const auto groups = GroupPhotos(paths, labels, "/(r_)?[0-9]+\\.jpg$");
  ASSERT_TRUE(groups) << groups.error().message();
  EXPECT_THAT(groups->rows.group, ElementsAre(0, 1, 0));
  EXPECT_EQ(groups->facts.matched, 3U);
  EXPECT_TRUE(groups->rows.MayTell(0, 1));
  for (const char* rule : {"(a)(b)", "(", "parent", "none"}) {
    const auto refused = GroupPhotos(paths, labels, rule);
    ASSERT_FALSE(refused) << rule;
    EXPECT_EQ(refused.error().message(),
              std::string("--group '") + rule + "': expected a regular expression with one group");
  }
}

TEST(PhotoGroups, WhatAnExpressionDoesNotMatchIsAGroupOfItsOwn) {
  const std::vector<std::string> paths = {"/p/a/r_1.jpg", "/p/a/x.jpg", "/p/b/7.jpg"};
  const auto groups = GroupPhotos(paths, {}, "/(r_)?[0-9]+\\.jpg$");
  ASSERT_TRUE(groups) << groups.error().message();
  EXPECT_THAT(groups->rows.group, ElementsAre(0, 1, 2)) << "the group of 7.jpg is empty, but it matches";
  EXPECT_EQ(groups->facts.matched, 2U);
}

TEST(PhotoGroups, AnExpressionMustMakeTwoGroups) {
  const std::vector<std::string> paths = {"/p/a/1.jpg", "/p/a/2.jpg"};
  const auto message = [&](const char* rule) { return GroupPhotos(paths, {}, rule).error().message(); };
  EXPECT_EQ(message("(x)"), "--group '(x)': matches 0 of 2 photos, expected at least 2 groups");
  EXPECT_EQ(message("^/(p)/"), "--group '^/(p)/': matches 2 of 2 photos, expected at least 2 groups");
}

}  // namespace
}  // namespace fruits
