#include "fruits/stats/nearest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fruits {
namespace {

Gram OfPoints(const std::vector<float>& points) { return *Gram::Of({points.data(), points.size(), 1}); }

TEST(Nearest, LooksPastTheOwnGroup) {
  const Gram gram = OfPoints({0, 1, 3, 10, 11});
  const RowGroups groups{{0, 0, 1, 2, 2}};
  const auto nearest = NearestOfOtherGroups(gram, groups);
  ASSERT_TRUE(nearest);
  EXPECT_THAT(*nearest, testing::ElementsAre(2, 2, 1, 2, 2));
}

TEST(Nearest, TheFirstOfEqualDistancesCounts) {
  const Gram gram = OfPoints({5, 4, 6});
  const RowGroups groups{{0, 1, 2}};
  EXPECT_EQ((*NearestOfOtherGroups(gram, groups))[0], 1U);
}

TEST(Nearest, OneGroupHasNoNeighbours) {
  const Gram gram = OfPoints({5, 4});
  const RowGroups groups{{3, 3}};
  EXPECT_THAT(*NearestOfOtherGroups(gram, groups), testing::Each(kNoRow));
}

TEST(Nearest, WantsAGroupForEachRow) {
  const RowGroups few{{0}};
  EXPECT_EQ(NearestOfOtherGroups(OfPoints({1, 2}), few).error().code(), ErrorCode::kInvalidArgument);
  const RowGroups few_margins{{0, 1}, {{RowGroups::kNone, RowGroups::kNone}}};
  EXPECT_EQ(NearestOfOtherGroups(OfPoints({1, 2}), few_margins).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Nearest, LooksPastTheMargin) {
  constexpr std::uint32_t kNone = RowGroups::kNone;
  const Gram gram = OfPoints({0, 1, 2, 5});
  // Row 2 lies beside group 0, and may only be asked about group 2; row 1 is not beside group 1.
  const RowGroups groups{{0, 0, 1, 2}, {{kNone, kNone}, {kNone, kNone}, {kNone, 0}, {kNone, kNone}}};
  EXPECT_THAT(*NearestOfOtherGroups(gram, groups), testing::ElementsAre(3, 3, 1, 2));
}

}  // namespace
}  // namespace fruits
