#include "fruits/stats/standard_scaler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "stats/made_rows.h"

namespace fruits {
namespace {

using test::MadeRows;
using test::MomentsOf;
using testing::ElementsAre;
using testing::HasSubstr;

const MadeRows<float> kRows{3, 3, {1, 5, 2, 2, 5, 4, 3, 5, 9}};

std::vector<double> Scaled(const StandardScaler& scaler, std::vector<float> row) {
  std::vector<double> out(row.size());
  EXPECT_TRUE(scaler.Transform(row, out));
  return out;
}

TEST(StandardScaler, DividesByTheUnbiasedDeviation) {
  const auto scaler = StandardScaler::Fit(MomentsOf(kRows), {});
  ASSERT_TRUE(scaler);
  EXPECT_THAT(scaler->std(), ElementsAre(1, 0, testing::DoubleNear(std::sqrt(13.0), 1e-15)));
  EXPECT_THAT(Scaled(*scaler, {4, 5, 0}), ElementsAre(4, 0, 0));
}

TEST(StandardScaler, WithMeanCentresFirst) {
  const auto scaler = StandardScaler::Fit(MomentsOf(kRows), {.with_mean = true});
  EXPECT_THAT(Scaled(*scaler, {4, 5, 5}), ElementsAre(2, 0, 0));
}

TEST(StandardScaler, WithoutStdNothingIsDivided) {
  const auto scaler = StandardScaler::Fit(MomentsOf(kRows), {.with_std = false});
  EXPECT_THAT(Scaled(*scaler, {4, 5, 7}), ElementsAre(4, 5, 7));
}

TEST(StandardScaler, AConstantColumnIsZeroWhateverComesLater) {
  for (const bool with_mean : {false, true}) {
    Moments moments(1);
    const std::vector<float> rows(10'000, 0.1F);
    for (std::size_t first = 0; first < 10'000; first += 77) {
      const std::size_t count = std::min<std::size_t>(77, 10'000 - first);
      ASSERT_TRUE(moments.Add(MatrixView<const float>(rows.data(), count, 1)));
    }
    const auto scaler = StandardScaler::Fit(moments, {.with_mean = with_mean});
    ASSERT_TRUE(scaler);
    EXPECT_EQ(scaler->std()[0], 0);
    for (const float x : {0.1F, -3.0F, 7.0F}) {
      const double scaled = Scaled(*scaler, {x})[0];
      EXPECT_EQ(scaled, 0);
      EXPECT_FALSE(std::signbit(scaled));
    }
  }
}

TEST(StandardScaler, RefusesTooFewRowsAndOtherWidths) {
  EXPECT_FALSE(StandardScaler::Fit(MomentsOf(MadeRows<float>{1, 2, {1, 2}}), {}));
  const auto scaler = StandardScaler::Fit(MomentsOf(kRows), {});
  std::vector<double> out(3);
  EXPECT_FALSE(scaler->Transform(std::vector<float>{1, 2}, out));
  EXPECT_FALSE(scaler->Transform(std::vector<double>{1, 2, 3, 4}, out));
}

TEST(StandardScaler, NamesAColumnWhoseVarianceIsNoDouble) {
  Moments moments(2);
  const std::vector<double> rows = {1, 1e200, 2, -1e200};
  ASSERT_TRUE(moments.Add(MatrixView<const double>(rows.data(), 2, 2)));
  const auto scaler = StandardScaler::Fit(moments, {});
  ASSERT_FALSE(scaler);
  EXPECT_THAT(scaler.error().message(), HasSubstr("column 1"));
}

TEST(StandardScaler, PartsAreChecked) {
  EXPECT_TRUE(StandardScaler::FromParts({1}, {2}, {}));
  EXPECT_FALSE(StandardScaler::FromParts({1, 2}, {2}, {}));
  EXPECT_FALSE(StandardScaler::FromParts({1}, {-2}, {}));
  EXPECT_FALSE(StandardScaler::FromParts({std::nan("")}, {1}, {}));
  EXPECT_FALSE(StandardScaler::FromParts({0}, {std::numeric_limits<double>::denorm_min()}, {}));
}

}  // namespace
}  // namespace fruits
