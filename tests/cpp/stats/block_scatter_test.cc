#include "stats/block_scatter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "stats/made_rows.h"

namespace fruits {
namespace {

#ifdef __OPTIMIZE__  // else the compiler fuses no multiplication with an addition
constexpr bool kFuses = true;
#else
constexpr bool kFuses = false;
#endif

// What is added to a triangle that is not empty, of exactly the size that it has.
std::vector<double> Scatter(const CentredBlock& block, const MergeStep& step, const PanelProduct& product) {
  const std::size_t d = block.columns();
  std::vector<double> scatter(d * (d + 1) / 2, 1.0);
  MergeBlockScatter(block, step, product, scatter.data());
  return scatter;
}

double Centred(const CentredBlock& block, std::size_t row, std::size_t column) {
  const std::size_t within = column % kPanelColumns;
  return block.Panel(column - within)[row * kPanelColumns + within];
}

// Each product of this CPU, whatever the edges of squares, groups and blocks; the second block is shorter
// than the first in the same memory.
TEST(BlockScatter, IsThePlainSumForEveryProductAndEdge) {
  for (const std::size_t d : {1U, 7U, 8U, 9U, 23U, 24U, 25U, 191U, 192U, 193U, 401U}) {
    auto block = *CentredBlock::Make(d, 40);
    MergeStep step(d);
    step.weight = 3;
    for (std::size_t j = 0; j < d; ++j) step.delta[j] = 0.25 * static_cast<double>(j % 5);
    for (const std::size_t rows : {40U, 17U, 1U}) {
      const auto made = test::Made<double>(rows, d, 2, 1);
      CentreRows(made.view(), block);
      std::vector<double> first;
      for (const PanelProduct& product : PanelProducts()) {
        SCOPED_TRACE(testing::Message() << product.name << ": " << rows << " x " << d);
        const std::vector<double> scatter = Scatter(block, step, product);
        double worst = 0;
        const double* found = scatter.data();
        for (std::size_t i = 0; i < d; ++i) {
          for (std::size_t j = i; j < d; ++j) {
            double sum = 1 + step.weight * step.delta[i] * step.delta[j];
            for (std::size_t row = 0; row < rows; ++row) {
              sum += Centred(block, row, i) * Centred(block, row, j);
            }
            worst = std::max(worst, std::abs(*found++ - sum));
          }
        }
        EXPECT_LE(worst, 1e-11);
        if (first.empty()) first = scatter;
        if (kFuses && product.name != std::string_view("plain")) {
          EXPECT_EQ(scatter, first);
        }
      }
    }
  }
}

}  // namespace
}  // namespace fruits
