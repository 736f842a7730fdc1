#include "report/neighbors.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "made_sample.h"

namespace fruits::report {
namespace {

using test::MadeRow;
using test::MakeSample;

std::vector<MadeRow> RandomRows(std::size_t count, std::size_t components, int labels) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::vector<MadeRow> rows;
  for (std::size_t i = 0; i < count; ++i) {
    MadeRow row{.label = "label " + std::to_string(static_cast<int>(i) % labels), .scores = {}};
    for (std::size_t k = 0; k < components; ++k) row.scores.push_back(normal(random));
    rows.push_back(row);
  }
  return rows;
}

TEST(NeighborsTest, AreThoseOfTheFullSearch) {
  const Sample sample = MakeSample(RandomRows(211, 5, 3));
  const Neighbors found = FindNeighbors(sample);
  ASSERT_EQ(found.points.size(), 211U);
  for (std::uint32_t i = 0; i < 211; ++i) {
    double nearest = INFINITY, another = INFINITY;
    for (std::uint32_t j = 0; j < 211; ++j) {
      if (i == j) continue;
      const double distance = SquaredDistance(sample.point(i), sample.point(j), 5);
      nearest = std::min(nearest, distance);
      if (sample.class_of[i] != sample.class_of[j]) another = std::min(another, distance);
    }
    EXPECT_NEAR(found.nearest[i].squared_distance, nearest, 1e-5);
    EXPECT_NEAR(SquaredDistance(sample.point(i), sample.point(found.nearest[i].point), 5), nearest, 1e-5);
    EXPECT_NEAR(found.of_another[i].squared_distance, another, 1e-5);
    EXPECT_NE(sample.class_of[found.of_another[i].point], sample.class_of[i]);
  }
}

TEST(NeighborsTest, OneLabelHasNoneOfAnother) {
  const Neighbors found = FindNeighbors(MakeSample(RandomRows(20, 2, 1)));
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_NE(found.nearest[i].point, Neighbor::kNone);
    EXPECT_EQ(found.of_another[i].point, Neighbor::kNone);
  }
}

TEST(NeighborsTest, OnePointHasNone) {
  const Neighbors found = FindNeighbors(MakeSample({{"a", {1, 2}}}));
  ASSERT_EQ(found.nearest.size(), 1U);
  EXPECT_EQ(found.nearest[0].point, Neighbor::kNone);
}

TEST(NeighborsTest, AnEvenPartWhereAllWouldBeTooMany) {
  const Sample sample = MakeSample(RandomRows(400, 4, 2));
  const Neighbors found = FindNeighbors(sample, 4.0 * 100 * 100);
  ASSERT_EQ(found.points.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(found.points[i], 4 * i + 3);
    EXPECT_EQ(found.nearest[i].point % 4, 3U) << "numbers are the sample's";
  }
}

}  // namespace
}  // namespace fruits::report
