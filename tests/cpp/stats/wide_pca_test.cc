#include "fruits/stats/wide_pca.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "stats/made_rows.h"

namespace fruits {
namespace {

using test::Made;
using test::MadeRows;
using test::MomentsOf;
using testing::HasSubstr;

WidePca::ReadRows Reader(const MadeRows<float>& rows) {
  return [&rows](std::size_t first, MatrixView<float> out) -> Status {
    EXPECT_LE(first + out.rows(), rows.rows);
    for (std::size_t i = 0; i < out.rows(); ++i)
      std::ranges::copy(rows.view().Row(first + i), out.Row(i).begin());
    return {};
  };
}

Result<Pca> WideFit(const MadeRows<float>& rows, const PcaOptions& options,
                    std::size_t strip_bytes = WidePca::kStripBytes) {
  return WidePca::Fit(rows.rows, rows.cols, Reader(rows), {}, options, strip_bytes);
}

Result<Pca> NarrowFit(const MadeRows<float>& rows, const PcaOptions& options) {
  const Moments moments = MomentsOf(rows);
  return Pca::Fit(moments, *StandardScaler::Fit(moments, {}), options);
}

double Apart(std::span<const double> a, std::span<const double> b) {
  double apart = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    apart = std::max(apart, std::abs(a[i] - b[i]));
    size = std::max(size, std::abs(b[i]));
  }
  return apart / size;
}

void ExpectSame(const Pca& wide, const Pca& narrow, double bound) {
  ASSERT_EQ(wide.components_count(), narrow.components_count());
  EXPECT_LE(Apart(wide.scaler().mean(), narrow.scaler().mean()), 1e-14);
  EXPECT_LE(Apart(wide.scaler().std(), narrow.scaler().std()), 1e-13);
  EXPECT_NEAR(wide.total_variance() / narrow.total_variance(), 1, 1e-12);
  for (std::size_t k = 0; k < wide.components_count(); ++k) {
    EXPECT_NEAR(wide.eigenvalues()[k] / narrow.eigenvalues()[k], 1, 1e-11);
    EXPECT_LE(Apart(wide.components().Row(k), narrow.components().Row(k)), bound) << "component " << k;
  }
}

TEST(WidePca, AgreesWithTheCovariancePath) {
  for (const auto& [n, d] : {std::pair{40, 300}, {41, 1500}, {300, 40}, {5, 17}}) {
    auto rows = Made<float>(static_cast<std::size_t>(n), static_cast<std::size_t>(d), 3, 2);
    for (std::size_t i = 0; i < rows.rows; ++i) rows.values[i * rows.cols + 3] = 0.1F;  // a constant
    const auto wide = WideFit(rows, {.components = 4});
    ASSERT_TRUE(wide) << wide.error().message();
    ExpectSame(*wide, *NarrowFit(rows, {.components = 4}), 1e-10);
    EXPECT_EQ(wide->scaler().std()[3], 0);
    EXPECT_EQ(wide->components()(2, 3), 0);
  }
}

// A strip for a handful of rows takes every path: held strips, rows streaming by, a last short one.
TEST(WidePca, StripsChangeNothingButRounding) {
  const auto rows = Made<float>(61, 1300, 3, 2);
  const auto whole = WideFit(rows, {.components = 5});
  for (const std::size_t held : {5U, 13U, 30U, 60U}) {
    const auto strips = WideFit(rows, {.components = 5}, held * rows.cols * sizeof(float) * 8 / 5);
    ASSERT_TRUE(strips);
    ExpectSame(*strips, *whole, 1e-11);
  }
}

TEST(WidePca, SameBytesEveryTime) {
  const auto rows = Made<float>(50, 2000);
  const auto a = WideFit(rows, {.components = 7}), b = WideFit(rows, {.components = 7});
  EXPECT_EQ(std::memcmp(a->components().data(), b->components().data(), 7 * 2000 * sizeof(double)), 0);
}

TEST(WidePca, AscendingRangesPassAfterPass) {
  const auto rows = Made<float>(40, 100);
  std::size_t expected = 0, passes = 0;
  const auto read = [&](std::size_t first, MatrixView<float> out) -> Status {
    if (first == 0 && expected != 0) ++passes;  // from the start again
    EXPECT_TRUE(first == 0 || first == expected);
    expected = first + out.rows();
    return Reader(rows)(first, out);
  };
  ASSERT_TRUE(WidePca::Fit(40, 100, read, {}, {.components = 3}));
  EXPECT_EQ(passes, 2U);  // begun anew for the Gram matrix and for the components
}

TEST(WidePca, UncentredProjectsWithoutTheMean) {
  const auto rows = Made<float>(30, 200, 5, 1);
  const auto wide = WideFit(rows, {.components = 3, .center = false});
  const auto narrow = NarrowFit(rows, {.components = 3, .center = false});
  std::vector<double> a(3), b(3);
  ASSERT_TRUE(wide->Project(rows.view().Row(4), a));
  ASSERT_TRUE(narrow->Project(rows.view().Row(4), b));
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(a[k], b[k], 1e-9);
}

// 12 rows, 4 of them different: 3 directions, yet 6 orthonormal components.
TEST(WidePca, RepeatedRowsLeaveComponentsFree) {
  const auto four = Made<float>(4, 50);
  MadeRows<float> rows{12, 50, {}};
  for (int i = 0; i < 3; ++i) rows.values.insert(rows.values.end(), four.values.begin(), four.values.end());
  const auto pca = WideFit(rows, {.components = 6});
  ASSERT_TRUE(pca);
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double dot = 0;
      for (std::size_t c = 0; c < 50; ++c) dot += pca->components()(i, c) * pca->components()(j, c);
      EXPECT_NEAR(dot, i == j ? 1 : 0, 1e-12) << i << ' ' << j;
    }
  }
  std::vector<double> out(6);
  ASSERT_TRUE(pca->Project(rows.view().Row(0), out));
  for (std::size_t k = 3; k < 6; ++k) EXPECT_NEAR(out[k], 0, 1e-10);
  EXPECT_EQ(WideFit(rows, {.variance = 1})->components_count(), 3U);
}

TEST(WidePca, RefusesBeyondItsBounds) {
  const auto rows = Made<float>(10, 40);
  const auto many = WidePca::Fit(20'001, 100'352, Reader(rows), {}, {});
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(many.error().message(), HasSubstr("20000"));
  EXPECT_FALSE(WideFit(rows, {.components = 10}));
  EXPECT_FALSE(WideFit(rows, {.variance = 2}));
  EXPECT_FALSE(WidePca::Fit(1, 40, Reader(rows), {}, {.components = 1}));
  EXPECT_FALSE(WidePca::Fit(2, 0, Reader(rows), {}, {.components = 1}));
  const MadeRows<float> flat{3, 4, std::vector<float>(12, 0.1F)};
  EXPECT_THAT(WideFit(flat, {.components = 1}).error().message(), HasSubstr("constant"));
}

TEST(WidePca, NamesTheRowThatIsNotFinite) {
  auto rows = Made<float>(30, 40);
  rows.values[17 * 40 + 6] = std::numeric_limits<float>::quiet_NaN();
  const auto pca = WideFit(rows, {.components = 2}, 4096);
  ASSERT_FALSE(pca);
  EXPECT_THAT(pca.error().message(), HasSubstr("row 17, column 6"));
}

TEST(WidePca, PassesAReadErrorOnWithItsRows) {
  const auto read = [](std::size_t, MatrixView<float>) -> Status {
    return Fail(ErrorCode::kIo, "disk gone");
  };
  const auto pca = WidePca::Fit(10, 40, read, {}, {.components = 2});
  ASSERT_FALSE(pca);
  EXPECT_EQ(pca.error().code(), ErrorCode::kIo);
  EXPECT_THAT(pca.error().message(), testing::AllOf(HasSubstr("rows 0 to 9"), HasSubstr("disk gone")));
}

}  // namespace
}  // namespace fruits
