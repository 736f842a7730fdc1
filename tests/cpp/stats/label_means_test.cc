#include "fruits/stats/label_means.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace fruits {
namespace {

using testing::ElementsAre;

TEST(LabelMeans, CountsAndSumsEachLabel) {
  LabelMeans means(2);
  ASSERT_TRUE(means.Add("mango", std::vector<float>{1, 2}));
  ASSERT_TRUE(means.Add("apple", std::vector<double>{10, 20}));
  ASSERT_TRUE(means.Add("mango", std::vector<float>{3, 5}));
  ASSERT_EQ(means.entries().size(), 2U);
  EXPECT_EQ(means.entries().begin()->first, "apple");
  EXPECT_EQ(means.entries().at("mango").count, 2U);
  EXPECT_THAT(means.entries().at("mango").sum, ElementsAre(4, 7));
}

TEST(LabelMeans, MergeAddsKnownAndNewLabels) {
  LabelMeans a(1), b(1);
  ASSERT_TRUE(a.Add("x", std::vector<float>{1}));
  ASSERT_TRUE(b.Add("x", std::vector<float>{2}));
  ASSERT_TRUE(b.Add("y", std::vector<float>{4}));
  ASSERT_TRUE(a.Merge(b));
  EXPECT_EQ(a.entries().at("x").count, 2U);
  EXPECT_THAT(a.entries().at("x").sum, ElementsAre(3));
  EXPECT_THAT(a.entries().at("y").sum, ElementsAre(4));
}

TEST(LabelMeans, SetTakesAMean) {
  LabelMeans means(2);
  ASSERT_TRUE(means.Set("x", 4, std::vector<double>{0.5, 2}));
  EXPECT_THAT(means.entries().at("x").sum, ElementsAre(2, 8));
  EXPECT_FALSE(means.Set("y", 0, std::vector<double>{0, 0}));
  EXPECT_EQ(means.entries().size(), 1U);
}

TEST(LabelMeans, RefusesAnotherWidthAndStaysAsItWas) {
  LabelMeans means(2);
  EXPECT_FALSE(means.Add("x", std::vector<float>{1}));
  EXPECT_FALSE(means.Add("x", std::vector<double>{1, 2, 3}));
  EXPECT_FALSE(means.Set("x", 1, std::vector<double>{1}));
  EXPECT_FALSE(means.Merge(LabelMeans(3)));
  EXPECT_TRUE(means.entries().empty());
}

}  // namespace
}  // namespace fruits
