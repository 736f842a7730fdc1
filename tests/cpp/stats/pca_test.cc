#include "fruits/stats/pca.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <thread>

#include "stats/made_rows.h"

namespace fruits {
namespace {

using test::Made;
using test::MadeRows;
using test::MomentsOf;
using testing::AllOf;
using testing::DoubleNear;
using testing::HasSubstr;

Result<Pca> Fit(const Moments& moments, const PcaOptions& options,
                const StandardScaler::Options& scaling = {}) {
  const auto scaler = StandardScaler::Fit(moments, scaling);
  if (!scaler) return std::unexpected(scaler.error());
  return Pca::Fit(moments, *scaler, options);
}

// Two scaled columns of correlation r have the eigenvalues 1 + r and 1 - r, on the diagonals of the plane.
TEST(Pca, OfTwoColumnsByHand) {
  const MadeRows<double> rows{4, 2, {0, 0, 1, 20, 2, 10, 3, 30}};
  const auto pca = Fit(MomentsOf(rows), {.components = 2});
  ASSERT_TRUE(pca);
  EXPECT_THAT(pca->eigenvalues(), testing::ElementsAre(DoubleNear(1.8, 1e-14), DoubleNear(0.2, 1e-14)));
  EXPECT_NEAR(pca->total_variance(), 2, 1e-14);
  EXPECT_NEAR(pca->ExplainedVarianceRatio(0), 0.9, 1e-14);
  EXPECT_NEAR(pca->ShareOfKept(1), 0.1, 1e-14);
  const double half = std::sqrt(0.5);
  EXPECT_NEAR(pca->components()(0, 0), half, 1e-14);
  EXPECT_NEAR(pca->components()(0, 1), half, 1e-14);
  EXPECT_NEAR(std::abs(pca->components()(1, 0)), half, 1e-14);
}

TEST(Pca, ScoresHaveTheEigenvaluesAsVariances) {
  const auto rows = Made<float>(400, 60, 5, 2);
  const auto pca = Fit(MomentsOf(rows), {.components = 60});
  ASSERT_TRUE(pca);
  std::vector<double> sum(60), squares(60), out(60);
  for (std::size_t i = 0; i < 400; ++i) {
    ASSERT_TRUE(pca->Project(rows.view().Row(i), out));
    for (std::size_t k = 0; k < 60; ++k) {
      sum[k] += out[k];
      squares[k] += out[k] * out[k];
    }
  }
  double total = 0;
  for (std::size_t k = 0; k < 60; ++k) {
    EXPECT_NEAR(sum[k], 0, 1e-9);
    EXPECT_NEAR(squares[k] / 399, pca->eigenvalues()[k], 1e-10);
    total += pca->ExplainedVarianceRatio(k);
  }
  EXPECT_NEAR(total, 1, 1e-13);
}

TEST(Pca, UncentredDiffersByOneShiftARow) {
  const auto rows = Made<double>(100, 20, 5, 2);
  const Moments moments = MomentsOf(rows);
  const auto centred = Fit(moments, {.components = 3});
  const auto uncentred = Fit(moments, {.components = 3, .center = false});
  std::vector<double> a(3), b(3), scaled(20);
  for (const std::size_t i : {0U, 50U}) {
    ASSERT_TRUE(centred->Project(rows.view().Row(i), a));
    ASSERT_TRUE(uncentred->Project(rows.view().Row(i), b));
    ASSERT_TRUE(uncentred->scaler().Transform(rows.view().Row(i), scaled));
    for (std::size_t k = 0; k < 3; ++k) {
      double dot = 0, shift = 0;
      for (std::size_t j = 0; j < 20; ++j) {
        dot += scaled[j] * uncentred->components()(k, j);
        shift += moments.mean()[j] * uncentred->scaler().factor()[j] * uncentred->components()(k, j);
      }
      EXPECT_NEAR(b[k], dot, 1e-12);
      EXPECT_NEAR(b[k] - a[k], shift, 1e-12);
    }
  }
  // A scaler that subtracts the mean leaves nothing to centre.
  const auto with_mean = Fit(moments, {.components = 3, .center = false}, {.with_mean = true});
  ASSERT_TRUE(with_mean->Project(rows.view().Row(7), a));
  ASSERT_TRUE(centred->Project(rows.view().Row(7), b));
  EXPECT_EQ(a, b);
}

TEST(Pca, CentringKeepsDigitsFarFromZero) {
  const auto rows = Made<double>(200, 5, 1e6, 1e-3);
  MadeRows<double> near = rows;
  for (double& x : near.values) x -= 1e6;  // exact
  const auto far_pca = Fit(MomentsOf(rows), {.components = 2});
  const auto near_pca = Fit(MomentsOf(near), {.components = 2});
  std::vector<double> a(2), b(2);
  ASSERT_TRUE(far_pca->Project(rows.view().Row(3), a));
  ASSERT_TRUE(near_pca->Project(near.view().Row(3), b));
  // The mean as a double is off by at most 6e-11, a spread of 1e-3 / sqrt(5) makes 1.3e-7 of it.
  for (std::size_t k = 0; k < 2; ++k) EXPECT_NEAR(a[k], b[k], 1e-6);
}

TEST(Pca, ConstantColumnsHaveNoLoading) {
  auto rows = Made<float>(50, 6);
  for (std::size_t i = 0; i < 50; ++i) rows.values[i * 6 + 4] = 0.1F;
  const auto pca = Fit(MomentsOf(rows), {.components = 5});
  ASSERT_TRUE(pca);
  for (std::size_t k = 0; k < 5; ++k) EXPECT_NEAR(pca->components()(k, 4), 0, 1e-15);
  EXPECT_NEAR(pca->total_variance(), 5, 1e-13);
  EXPECT_NEAR(pca->eigenvalues()[5], 0, 1e-13);
}

TEST(Pca, FewerRowsThanColumns) {
  const auto rows = Made<float>(10, 200);
  const auto pca = Fit(MomentsOf(rows), {.components = 9});
  ASSERT_TRUE(pca);
  ASSERT_EQ(pca->eigenvalues().size(), 200U);
  for (std::size_t i = 9; i < 200; ++i) EXPECT_LE(pca->eigenvalues()[i], 1e-12);
  const auto refused = Fit(MomentsOf(rows), {.components = 10});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message(), AllOf(HasSubstr("components is 10"), HasSubstr("1 to 9")));
}

TEST(Pca, RefusesBadOptions) {
  const Moments moments = MomentsOf(Made<float>(50, 8));
  EXPECT_TRUE(Fit(moments, {.components = 8}));
  EXPECT_FALSE(Fit(moments, {.components = 9}));
  EXPECT_FALSE(Fit(moments, {.components = 0}));
  for (const double variance : {-0.1, 1.1, std::nan("")}) {
    const auto pca = Fit(moments, {.variance = variance});
    ASSERT_FALSE(pca);
    EXPECT_THAT(pca.error().message(), HasSubstr("variance"));
  }
  const auto scaler = StandardScaler::Fit(MomentsOf(Made<float>(50, 7)), {});
  EXPECT_FALSE(Pca::Fit(moments, *scaler, {}));
  const auto flat = Fit(MomentsOf(MadeRows<float>{3, 2, {1, 2, 1, 2, 1, 2}}), {.components = 1});
  ASSERT_FALSE(flat);
  EXPECT_THAT(flat.error().message(), HasSubstr("constant"));
}

TEST(Pca, VarianceTakesTheFewestThatReachIt) {
  const Moments moments = MomentsOf(Made<float>(500, 30));
  const auto all = Fit(moments, {.components = 30});
  double sum = 0;
  for (std::size_t k = 0; k < 30; ++k) {
    const double before = sum;
    sum += all->ExplainedVarianceRatio(k);
    const auto pca = Fit(moments, {.variance = (before + sum) / 2});
    ASSERT_TRUE(pca);
    EXPECT_EQ(pca->components_count(), k + 1);
  }
  EXPECT_EQ(Fit(moments, {.variance = 1})->components_count(), 30U);
  EXPECT_EQ(Fit(MomentsOf(Made<float>(12, 100)), {.variance = 1})->components_count(), 11U);
  // Two columns twice each: half the components hold everything.
  auto twins = Made<float>(100, 4);
  for (std::size_t i = 0; i < 100; ++i) {
    twins.values[i * 4 + 2] = twins.values[i * 4];
    twins.values[i * 4 + 3] = twins.values[i * 4 + 1];
  }
  EXPECT_EQ(Fit(MomentsOf(twins), {.variance = 1})->components_count(), 2U);
}

TEST(Pca, AFitAndAProjectionHaveTheSameBytesUnderLoad) {
  const auto rows = Made<float>(300, 257);
  const Moments moments = MomentsOf(rows);
  std::vector<std::vector<double>> results(6, std::vector<double>(7 * 257 + 7));
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) {
      threads.emplace_back([&] {
        const auto pca = Fit(moments, {.components = 7});
        std::memcpy(result.data(), pca->components().data(), 7 * 257 * sizeof(double));
        (void)pca->Project(rows.view().Row(11), std::span(result).subspan(7 * 257));
      });
    }
  }
  for (const auto& result : results) {
    EXPECT_EQ(std::memcmp(result.data(), results[0].data(), result.size() * sizeof(double)), 0);
  }
}

TEST(Pca, ARowHasTheSameScoresWhereverItLies) {
  const auto rows = Made<float>(100, 1037);
  const auto pca = Fit(MomentsOf(rows), {.components = 5});
  std::vector<double> expected(5), out(5);
  ASSERT_TRUE(pca->Project(rows.view().Row(3), expected));
  for (std::size_t shift = 0; shift < 16; ++shift) {
    std::vector<float> moved(1037 + shift);
    std::ranges::copy(rows.view().Row(3), moved.begin() + static_cast<std::ptrdiff_t>(shift));
    ASSERT_TRUE(pca->Project(std::span(moved).subspan(shift), out));
    EXPECT_EQ(std::memcmp(out.data(), expected.data(), 5 * sizeof(double)), 0);
  }
  EXPECT_FALSE(pca->Project(std::span<const float>(rows.values).first(1036), out));
  EXPECT_FALSE(pca->Project(rows.view().Row(0), std::span(out).first(4)));
}

TEST(Pca, PartsAreChecked) {
  const auto scaler = [] { return *StandardScaler::FromParts({0, 0}, {1, 1}, {}); };
  EXPECT_TRUE(Pca::FromParts(scaler(), {2, 1}, 3, {1, 0}, 5, true));
  EXPECT_FALSE(Pca::FromParts(scaler(), {2, 1}, 3, {1, 0, 1}, 5, true));
  EXPECT_FALSE(Pca::FromParts(scaler(), {2, 1}, 3, {}, 5, true));
  EXPECT_FALSE(Pca::FromParts(scaler(), {}, 3, {1, 0}, 5, true));
  EXPECT_FALSE(Pca::FromParts(scaler(), {1, 2}, 3, {1, 0}, 5, true));
  EXPECT_FALSE(Pca::FromParts(scaler(), {2, -1}, 3, {1, 0}, 5, true));
  EXPECT_FALSE(Pca::FromParts(scaler(), {2, 1}, 0, {1, 0}, 5, true));
  EXPECT_FALSE(Pca::FromParts(scaler(), {2, 1}, 3, {1, std::nan("")}, 5, true));
  EXPECT_FALSE(Pca::FromParts(scaler(), {2, 1}, 3, {1, 0, 0, 1}, 2, true));
}

}  // namespace
}  // namespace fruits
