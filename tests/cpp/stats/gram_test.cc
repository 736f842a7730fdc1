#include "fruits/stats/gram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "stats/made_rows.h"

namespace fruits {
namespace {

using test::Made;

TEST(Gram, HoldsInnerProductsAboutTheMean) {
  for (const auto& [n, d] : {std::pair{1, 3}, {2, 5}, {37, 1500}, {64, 2}}) {
    const auto rows = Made<float>(static_cast<std::size_t>(n), static_cast<std::size_t>(d), 5);
    const auto gram = Gram::Of(rows.view());
    ASSERT_TRUE(gram) << gram.error().message();
    std::vector<double> mean(rows.cols, 0.0);
    for (std::size_t i = 0; i < rows.rows; ++i) {
      for (std::size_t j = 0; j < rows.cols; ++j) mean[j] += rows.view()(i, j) / static_cast<double>(n);
    }
    for (std::size_t a = 0; a < rows.rows; ++a) {
      for (std::size_t b = 0; b < rows.rows; ++b) {
        double expected = 0, squared = 0;
        for (std::size_t j = 0; j < rows.cols; ++j) {
          const double x = rows.view()(a, j), y = rows.view()(b, j);
          expected += (x - mean[j]) * (y - mean[j]);
          squared += (x - y) * (x - y);
        }
        EXPECT_NEAR((*gram)(a, b), expected, 1e-9);
        EXPECT_NEAR(gram->SquaredDistance(a, b), squared, 1e-9);
      }
    }
  }
}

TEST(Gram, SameRowsSameBytes) {
  const auto rows = Made<float>(200, 300);
  const auto one = Gram::Of(rows.view());
  const auto other = Gram::Of(rows.view());
  for (std::size_t i = 0; i < 200; ++i) {
    for (std::size_t j = 0; j < 200; ++j) ASSERT_EQ((*one)(i, j), (*other)(i, j));
  }
}

TEST(Gram, RefusesWhatHasNone) {
  EXPECT_EQ(Gram::Of({nullptr, 0, 3}).error().code(), ErrorCode::kInvalidArgument);
  auto rows = Made<float>(4, 3);
  rows.values[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(Gram::Of(rows.view()).error().message(), testing::HasSubstr("row 2"));
  const float one = 1;
  const MatrixView<const float> many(&one, Gram::kMaxRows + 1, 1, 0);
  EXPECT_EQ(Gram::Of(many).error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace fruits
