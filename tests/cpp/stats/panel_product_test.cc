#include "stats/panel_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include "stats/aligned_buffer.h"
#include "stats/made_rows.h"

namespace fruits {
namespace {

constexpr std::size_t kPanels = 4;

// Panels of rows x 8, one behind the other.
AlignedBuffer Panels(std::size_t rows) {
  auto panels = *AlignedBuffer::Make(kPanels * rows * kPanelColumns, "a test");
  const auto made = test::Made<double>(kPanels * rows, kPanelColumns, 0, 1);
  std::ranges::copy(made.values, panels.data());
  return panels;
}

// Of the first panel with those behind it.
std::vector<double> Products(const PanelProduct& product, const AlignedBuffer& panels, std::size_t rows) {
  std::vector<double> out(kPanelColumns * product.across * kPanelColumns,
                          std::numeric_limits<double>::quiet_NaN());
  product.multiply(panels.data(), panels.data() + rows * kPanelColumns, rows, out.data());
  return out;
}

// Of column i of the first panel and column j of those behind it, in the order of the rows.
double FusedSum(const AlignedBuffer& panels, std::size_t rows, std::size_t i, std::size_t j) {
  const double* left = panels.data() + i;
  const double* right = panels.data() + (1 + j / kPanelColumns) * rows * kPanelColumns + j % kPanelColumns;
  double sum = 0;
  for (std::size_t at = 0; at < rows * kPanelColumns; at += kPanelColumns) {
    sum = std::fma(left[at], right[at], sum);
  }
  return sum;
}

TEST(PanelProduct, AllThatThisCpuCanAreTheSumsOfProducts) {
  for (const std::size_t rows : {0U, 1U, 2U, 7U, 256U}) {
    const AlignedBuffer panels = Panels(rows);
    for (const PanelProduct& product : PanelProducts()) {
      SCOPED_TRACE(testing::Message() << product.name << ", " << rows << " rows");
      const std::size_t wide = product.across * kPanelColumns;
      const std::vector<double> out = Products(product, panels, rows);
      for (std::size_t i = 0; i < kPanelColumns; ++i) {
        for (std::size_t j = 0; j < wide; ++j) {
          EXPECT_NEAR(out[i * wide + j], FusedSum(panels, rows, i, j), 1e-12 * static_cast<double>(rows));
        }
      }
    }
  }
}

// So moments have the same bytes on all CPUs with AVX2 and FMA or with AVX-512.
TEST(PanelProduct, AllWithFusedMultiplyAddGiveTheSameBytes) {
#ifndef __OPTIMIZE__
  GTEST_SKIP() << "without optimisation the compiler does not fuse";
#endif
  if (PanelProducts().size() < 2) GTEST_SKIP() << "this CPU has the plain one only";
  constexpr std::size_t kRows = 100;
  const AlignedBuffer panels = Panels(kRows);
  for (const PanelProduct& product : PanelProducts()) {
    if (product.name == std::string_view("plain")) continue;
    const std::size_t wide = product.across * kPanelColumns;
    const std::vector<double> out = Products(product, panels, kRows);
    for (std::size_t i = 0; i < kPanelColumns; ++i) {
      for (std::size_t j = 0; j < wide; ++j) {
        EXPECT_EQ(out[i * wide + j], FusedSum(panels, kRows, i, j)) << product.name << ", " << i << ", " << j;
      }
    }
  }
}

}  // namespace
}  // namespace fruits
