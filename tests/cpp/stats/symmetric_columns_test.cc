#include "stats/symmetric_columns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "stats/made_rows.h"

namespace fruits {
namespace {

TEST(SymmetricColumns, AnyCutAddsUpToTheProduct) {
  for (const std::size_t n : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 13U, 24U, 39U}) {
    const std::size_t lda = n + 3;
    const auto made = test::Made<double>(n + 1, lda, 0, 1);
    const double* x = made.values.data() + n * lda;
    std::vector<double> expected(n, 0.0), lower(n * lda, std::nan(""));
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t i = j; i < n; ++i) {
        const double value = lower[j * lda + i] = made.view()(j, i);
        expected[i] += value * x[j];
        if (i != j) expected[j] += value * x[i];
      }
    }
    for (std::size_t cut = 0; cut <= n; ++cut) {
      for (const auto add : {AddSymmetricColumns, AddSymmetricColumnsPlain}) {
        std::vector<double> y(n, 1.0), other(n, 0.0);
        add(lower.data(), lda, 0, cut, n, x, y.data());
        add(lower.data(), lda, cut, n, n, x, other.data());
        for (std::size_t i = 0; i < n; ++i) {
          EXPECT_NEAR(y[i] + other[i], expected[i] + 1, 1e-13);
          EXPECT_TRUE(i >= cut || other[i] == 0);
        }
      }
    }
  }
}

}  // namespace
}  // namespace fruits
