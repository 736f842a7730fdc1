#include "fruits/stats/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace fruits {
namespace {

TEST(CompareRows, SummarisesTheCosines) {
  const float a[] = {1, 0, 1, 0, 0, 0, 0, 0};
  const float b[] = {2, 0, 1, 1, 0, 0, 3, 4};
  const auto summary = CompareRows({a, 4, 2}, {b, 4, 2});
  ASSERT_TRUE(summary);
  EXPECT_NEAR(summary->mean, (1 + std::numbers::sqrt2 / 2 + 1 + 0) / 4, 1e-12);
  EXPECT_EQ(summary->min, 0);
  EXPECT_EQ(summary->percentile_1, 0);
}

TEST(CompareRows, OnePercentLiesBelowThePercentile) {
  std::vector<float> a(2 * 301, 1.0F), b(2 * 301, 1.0F);
  for (std::size_t i = 0; i < 3; ++i) b[2 * i] = -1;  // 3 of 301 are at right angles
  const auto summary = CompareRows({a.data(), 301, 2}, {b.data(), 301, 2});
  EXPECT_NEAR(summary->min, 0, 1e-12);
  EXPECT_NEAR(summary->percentile_1, 1, 1e-12);
}

TEST(CompareRows, WantsEqualSizes) {
  const float a[] = {1, 0, 1, 0};
  EXPECT_EQ(CompareRows({a, 2, 2}, {a, 1, 2}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CompareRows({a, 0, 2}, {a, 0, 2}).error().code(), ErrorCode::kInvalidArgument);
}

TEST(PrincipalAngles, OfATurnedPlane) {
  const double angle = 0.3;
  const double a[] = {1, 0, 0, 0, 1, 0};
  // The same second axis, and the first one turned towards the third; order and sign do not count.
  const double b[] = {0, -1, 0, std::cos(angle), 0, std::sin(angle)};
  const auto angles = PrincipalAngles({a, 2, 3}, {b, 2, 3});
  ASSERT_TRUE(angles) << angles.error().message();
  EXPECT_NEAR((*angles)[0], 0, 1e-6);
  EXPECT_NEAR((*angles)[1], angle * 180 / std::numbers::pi, 1e-9);
}

TEST(PrincipalAngles, WantsEqualSizes) {
  const double a[] = {1, 0, 0, 1};
  EXPECT_EQ(PrincipalAngles({a, 2, 2}, {a, 1, 2}).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace fruits
