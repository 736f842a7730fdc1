#include "fruits/stats/nearest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fruits {
namespace {

Gram OfPoints(const std::vector<float>& points) { return *Gram::Of({points.data(), points.size(), 1}); }

TEST(Nearest, LooksPastTheOwnGroup) {
  const Gram gram = OfPoints({0, 1, 3, 10, 11});
  const std::uint32_t groups[] = {0, 0, 1, 2, 2};
  const auto nearest = NearestOfOtherGroups(gram, groups);
  ASSERT_TRUE(nearest);
  EXPECT_THAT(*nearest, testing::ElementsAre(2, 2, 1, 2, 2));
}

TEST(Nearest, TheFirstOfEqualDistancesCounts) {
  const Gram gram = OfPoints({5, 4, 6});
  const std::uint32_t groups[] = {0, 1, 2};
  EXPECT_EQ((*NearestOfOtherGroups(gram, groups))[0], 1U);
}

TEST(Nearest, OneGroupHasNoNeighbours) {
  const Gram gram = OfPoints({5, 4});
  const std::uint32_t groups[] = {3, 3};
  EXPECT_THAT(*NearestOfOtherGroups(gram, groups), testing::Each(kNoRow));
}

TEST(Nearest, WantsAGroupForEachRow) {
  const std::uint32_t groups[] = {0};
  EXPECT_EQ(NearestOfOtherGroups(OfPoints({1, 2}), groups).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace fruits
