#include "report/axis.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>

namespace fruits::report {
namespace {

TEST(Axis, RoundTicks) {
  const Axis axis(-3.2, 101, 0, 500, 8);
  EXPECT_EQ(axis.ticks(), (std::vector<double>{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100}));
  EXPECT_EQ(axis.Label(20), "20");
  EXPECT_DOUBLE_EQ(axis.Place(-3.2), 0);
  EXPECT_DOUBLE_EQ(axis.Place(101), 500);
}

TEST(Axis, GrowsUpwardsOnAPage) {
  const Axis axis(0, 1, 400, 100, 5);
  EXPECT_DOUBLE_EQ(axis.Place(0.25), 325);
  EXPECT_EQ(axis.Label(axis.ticks()[1]), "0.2");
}

TEST(Axis, AnyScaleHasAFewDistinctTicks) {
  for (int exponent = -37; exponent <= 38; ++exponent) {
    for (const double digit : {1.0, 1.7, 3.3, 4.9, 9.9}) {
      const double high = std::min<double>(FLT_MAX, digit * std::pow(10.0, exponent));
      const Axis axis(-high / 3, high, 0, 1, 8);
      EXPECT_GE(axis.ticks().size(), 4U) << high;
      EXPECT_LE(axis.ticks().size(), 16U) << high;
      for (std::size_t i = 1; i < axis.ticks().size(); ++i) {
        EXPECT_NE(axis.Label(axis.ticks()[i - 1]), axis.Label(axis.ticks()[i])) << high;
      }
      EXPECT_LE(axis.Label(axis.ticks().back()).size(), 10U) << high;
    }
  }
}

TEST(Range, WidthIsMadeWhereThereIsNone) {
  const Range zero = WithMargin({0, 0});
  EXPECT_LT(zero.low, 0);
  EXPECT_GT(zero.high, 0);
  const Range same = WithMargin({-5, -5});
  EXPECT_LT(same.low, -5);
  EXPECT_GT(same.high, -5);
  const Range wide = WithMargin({-FLT_MAX, FLT_MAX});
  EXPECT_TRUE(std::isfinite(wide.high - wide.low));
}

TEST(Percent, DigitsThatMatter) {
  EXPECT_EQ(Percent(0), "0 %");
  EXPECT_EQ(Percent(1), "100 %");
  EXPECT_EQ(Percent(0.657), "65.7 %");
  EXPECT_EQ(Percent(0.0812), "8.12 %");
  EXPECT_EQ(Percent(0.009), "0.90 %");
  EXPECT_EQ(Percent(0.00012), "0.012 %");
  EXPECT_EQ(Percent(0.9997), "99.97 %");
}

}  // namespace
}  // namespace fruits::report
