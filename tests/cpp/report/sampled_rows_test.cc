#include "report/sampled_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "made_sample.h"

namespace fruits::report {
namespace {

using test::MakeSample;
using testing::ElementsAre;

TEST(SampledRowsTest, LabelsAreInTheirOrderWithCountCentreAndSpread) {
  const Sample sample =
      MakeSample({{"pear", {3, 0}}, {"apple", {1, 1}}, {"pear", {5, 0}}, {"apple", {1, 5}}});
  ASSERT_EQ(sample.classes.size(), 2U);
  EXPECT_EQ(sample.classes[0].name, "apple");
  EXPECT_EQ(sample.classes[1].name, "pear");
  EXPECT_THAT(sample.class_of, ElementsAre(1, 0, 1, 0));
  EXPECT_EQ(sample.classes[0].count, 2U);
  EXPECT_THAT(sample.classes[0].centre, ElementsAre(1, 3));
  EXPECT_DOUBLE_EQ(sample.classes[0].spread, 2);
  EXPECT_DOUBLE_EQ(sample.classes[1].spread, 1);
  EXPECT_FALSE(sample.has_other_labels);
  EXPECT_EQ(sample.paths[0], "file:///photos/pear/0.jpg");
  EXPECT_EQ(sample.point(3)[1], 5);
}

TEST(SampledRowsTest, ExactlyAsManyAsAskedForEvenlyInOrder) {
  SampledRows rows(1000, 30);
  for (int i = 0; i < 1000; ++i) {
    const std::vector<double> scores{static_cast<double>(i)};
    ASSERT_TRUE(rows.Add({.path = "p", .label = i < 500 ? "a" : "b", .scores = scores}));
  }
  const Sample sample = std::move(rows).Finish();
  ASSERT_EQ(sample.size(), 30U);
  EXPECT_EQ(sample.rows_seen, 1000U);
  for (std::size_t i = 1; i < 30; ++i) {
    EXPECT_GE(sample.scores[i] - sample.scores[i - 1], 33);
    EXPECT_LE(sample.scores[i] - sample.scores[i - 1], 34);
  }
  EXPECT_EQ(sample.classes[0].count, 500U) << "counts are of all rows";
}

TEST(SampledRowsTest, MoreRowsThanSaidAreCountedNotShown) {
  SampledRows rows(2, 2);
  const std::vector<double> scores{1};
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(rows.Add({.path = "p", .label = "a", .scores = scores}));
  const Sample sample = std::move(rows).Finish();
  EXPECT_EQ(sample.size(), 2U);
  EXPECT_EQ(sample.rows_seen, 5U);
}

TEST(SampledRowsTest, LabelsBeyondTheBoundAreOne) {
  const std::size_t count = SampledRows::kMaxClasses + 3;
  SampledRows rows(count, count);
  const std::vector<double> scores{1, 2};
  for (std::size_t i = 0; i < count; ++i)
    ASSERT_TRUE(rows.Add({.path = "p", .label = "label " + std::to_string(i), .scores = scores}));
  const Sample sample = std::move(rows).Finish();
  EXPECT_TRUE(sample.has_other_labels);
  ASSERT_EQ(sample.classes.size(), SampledRows::kMaxClasses + 1);
  EXPECT_EQ(sample.classes.back().count, 3U);
  EXPECT_EQ(sample.class_of.back(), SampledRows::kMaxClasses);
}

TEST(SampledRowsTest, RefusesScoresThatNoMapCanShow) {
  SampledRows rows(9, 9);
  const auto add = [&](const std::vector<double>& scores) {
    return rows.Add({.path = "file:///a.jpg", .label = "a", .scores = scores});
  };
  ASSERT_TRUE(add({1, 2}));
  for (const std::vector<double>& bad : {std::vector<double>{1},
                                         {1, 2, 3},
                                         {std::nan(""), 1},
                                         {1e39, 1},
                                         {std::numeric_limits<double>::infinity(), 1}}) {
    const Status refused = add(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(refused.error().message(), testing::HasSubstr("file:///a.jpg: expected 2 finite scores"));
  }
  EXPECT_EQ(rows.seen(), 1U);
}

}  // namespace
}  // namespace fruits::report
