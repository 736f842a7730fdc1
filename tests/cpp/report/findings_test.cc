#include "report/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_sample.h"

namespace fruits::report {
namespace {

using test::MakeSample;
using testing::ElementsAre;

Findings FindAllOf(const Sample& sample) { return FindAll(sample, FindNeighbors(sample)); }

TEST(FindingsTest, APhotoAmongAnothersIsAstrayAndPairsItsLabels) {
  // A pear at 9.8 among plums.
  const Sample sample = MakeSample({{"apple", {-50}},
                                    {"apple", {-51}},
                                    {"pear", {0}},
                                    {"pear", {1}},
                                    {"pear", {9.8}},
                                    {"plum", {10}},
                                    {"plum", {11}}});
  const Findings found = FindAllOf(sample);
  EXPECT_EQ(found.classes[1].looked_at, 3U);
  EXPECT_EQ(found.classes[1].astray, 1U);
  EXPECT_EQ(found.classes[2].astray, 1U) << "the plum at 10 has the pear for its nearest";
  EXPECT_EQ(found.classes[0].astray, 0U);
  EXPECT_EQ(found.classes[0].nearest_class, 1U);
  EXPECT_EQ(found.classes[1].nearest_class, 2U);
  EXPECT_NEAR(found.classes[1].centre_distance, 10.5 - 10.8 / 3, 1e-6);
  ASSERT_EQ(found.pairs.size(), 1U);
  const ConfusedPair& pair = found.pairs[0];
  EXPECT_EQ(pair.a, 1U);
  EXPECT_EQ(pair.b, 2U);
  EXPECT_EQ(pair.a_to_b, 1U);
  EXPECT_EQ(pair.b_to_a, 1U);
  EXPECT_DOUBLE_EQ(pair.share, 2.0 / 5);
  EXPECT_EQ(pair.photo_a, 4U);
  EXPECT_EQ(pair.photo_b, 5U);
}

TEST(FindingsTest, NearlyEqualPhotosOfTwoLabelsOnceAndClosestFirst) {
  const Sample sample =
      MakeSample({{"a", {0}}, {"a", {4}}, {"b", {0.5}}, {"b", {4.1}}, {"a", {20}}, {"b", {30}}});
  const Findings found = FindAllOf(sample);
  EXPECT_NEAR(found.usual_distance, 0.5, 1e-6);
  ASSERT_EQ(found.near.size(), 2U);
  EXPECT_EQ(found.near[0].a, 1U);
  EXPECT_EQ(found.near[0].b, 3U);
  EXPECT_NEAR(found.near[0].times_usual, 0.2, 1e-6);
  EXPECT_EQ(found.near[1].b, 2U);
}

TEST(FindingsTest, TwinsAreTheSamePhotoTwiceUnderOneLabel) {
  const Sample sample =
      MakeSample({{"a", {0}}, {"a", {0.01}}, {"a", {5}}, {"a", {7}}, {"b", {20}}, {"b", {23}}, {"b", {26}}});
  const Findings found = FindAllOf(sample);
  EXPECT_NEAR(found.usual_distance, 2, 1e-6);
  ASSERT_EQ(found.twins.size(), 1U);
  EXPECT_EQ(found.twins[0].a, 0U);
  EXPECT_EQ(found.twins[0].b, 1U);
  EXPECT_TRUE(found.near.empty());

  std::vector<test::MadeRow> rows;
  for (int i = 0; i < 100; ++i) {
    rows.push_back({"a", {i * 10.0}});
    if (i % 2 == 0) rows.push_back({"a", {i * 10.0 + 0.001}});
  }
  for (int i = 0; i < 100; ++i) rows.push_back({"b", {-i * 10.0 - 100}});
  const Findings many = FindAllOf(MakeSample(rows));
  EXPECT_EQ(many.twins_count, 50U) << "all are counted";
  EXPECT_EQ(many.twins.size(), Findings::kMaxPhotos) << "and the first of them kept";
}

TEST(FindingsTest, ThePhotoFarFromItsLabelComesFirst) {
  std::vector<test::MadeRow> rows;
  for (int i = 0; i < 20; ++i) rows.push_back({"many", {i % 2 * 1.0}});
  rows.push_back({"many", {30}});
  rows.push_back({"few", {900}});
  rows.push_back({"few", {-900}});
  const Findings found = FindAllOf(MakeSample(rows));
  ASSERT_EQ(found.odd.size(), 1U) << "two photos are too few to say";
  EXPECT_EQ(found.odd[0].point, 20U);
  EXPECT_GT(found.odd[0].times_spread, 4);
}

TEST(FindingsTest, EndsOfAComponentTheMostExtremeFirst) {
  std::vector<test::MadeRow> rows;
  for (int i = 0; i < 40; ++i) rows.push_back({"a", {static_cast<double>((i * 7) % 40), 0}});
  const Sample sample = MakeSample(rows);
  const Findings found = FindAllOf(sample);
  ASSERT_EQ(found.components.size(), 2U);
  ASSERT_EQ(found.components[0].lowest.size(), Findings::kEnds);
  for (std::size_t i = 0; i < Findings::kEnds; ++i) {
    EXPECT_EQ(sample.point(found.components[0].lowest[i])[0], static_cast<float>(i));
    EXPECT_EQ(sample.point(found.components[0].highest[i])[0], static_cast<float>(39 - i));
  }
}

TEST(FindingsTest, OnePhotoAndNoVarianceAtAll) {
  EXPECT_THAT(FindAllOf(MakeSample({{"a", {1, 2}}})).components[1].highest, ElementsAre(0));
  const Findings equal = FindAllOf(MakeSample({{"a", {1}}, {"b", {1}}, {"a", {1}}, {"b", {1}}}));
  EXPECT_EQ(equal.usual_distance, 0);
  EXPECT_FALSE(equal.near.empty());
  EXPECT_EQ(equal.near[0].times_usual, 0);
}

}  // namespace
}  // namespace fruits::report
