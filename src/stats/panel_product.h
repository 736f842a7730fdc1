// The innermost loop of Moments: products of eight columns with the next eight or more, summed over the rows
// of a block.
//
// A panel is kPanelColumns columns of a block, row after row: a row of it is one line of the cache, and both
// factors of a product are read from start to end. Each sum is taken in the order of the rows, one at a time,
// so every variant with fused multiply-add gives the same bytes, whatever its width. Threads: any.
#pragma once

#include <cstddef>
#include <span>

namespace fruits {

inline constexpr std::size_t kPanelColumns = 8;
inline constexpr std::size_t kMostAcross = 3;  // panels

struct PanelProduct {
  const char* name = "";
  std::size_t across = 0;  // panels of the right factor, one behind the other in memory; kMostAcross or 1
  // out[i][j] = the sum over `rows` of left(row, i) * right(row, j); out is kPanelColumns x across *
  // kPanelColumns. Fastest where panels begin on 64-byte boundaries.
  void (*multiply)(const double* left, const double* right, std::size_t rows, double* out) = nullptr;
};

// Those that this CPU can do, the fastest first; the last is plain C++.
std::span<const PanelProduct> PanelProducts();

}  // namespace fruits
