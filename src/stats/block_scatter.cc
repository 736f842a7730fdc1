#include "stats/block_scatter.h"

#include <algorithm>

namespace fruits {
namespace {

// Of 256 rows these are 400 KB, which stay in an L2 cache (512 KB to 2 MB) while every panel before them
// meets them.
constexpr std::size_t kGroupColumns = 24 * kPanelColumns;
static_assert(kGroupColumns % (kMostAcross * kPanelColumns) == 0);

}  // namespace

void MergeScatterRow(const double* other, double c, const double* delta, std::size_t count, double* into) {
  for (std::size_t j = 0; j < count; ++j) into[j] += other[j] + c * delta[j];
}

void MergeBlockScatter(const CentredBlock& block, const MergeStep& step, const PanelProduct& product,
                       double* scatter) {
  const std::size_t d = block.columns();
  const std::size_t wide = product.across * kPanelColumns;
  alignas(64) double products[kPanelColumns * kMostAcross * kPanelColumns];
  // Where the row of column i begins, less i: column j of it is at [j].
  const auto row_of = [&](std::size_t i) { return scatter + (i * d - i * (i + 1) / 2); };
  for (std::size_t group = 0; group < d; group += kGroupColumns) {
    const std::size_t group_end = std::min(d, group + kGroupColumns);
    for (std::size_t top = 0; top < group_end; top += kPanelColumns) {
      const std::size_t bottom = std::min(top + kPanelColumns, d);
      for (std::size_t left = std::max(group, top / wide * wide); left < group_end; left += wide) {
        const std::size_t right = std::min(left + wide, d);
        // Asked for before the products, the triangle is there after them.
        for (std::size_t i = top; i < bottom; ++i) {
          for (std::size_t j = std::max(left, i); j < right; j += kPanelColumns) {
            __builtin_prefetch(row_of(i) + j, 1);
          }
          __builtin_prefetch(row_of(i) + right - 1, 1);
        }
        product.multiply(block.Panel(top), block.Panel(left), block.rows, products);
        for (std::size_t i = top; i < bottom; ++i) {
          const std::size_t first = std::max(left, i);
          MergeScatterRow(products + (i - top) * wide + (first - left), step.weight * step.delta[i],
                          step.delta.data() + first, right - first, row_of(i) + first);
        }
      }
    }
  }
}

}  // namespace fruits
