// The two passes of a resize on interleaved 8-bit RGB, with SIMD chosen when the program runs (Highway).
// Threads: any; no shared state. Memory: HorizontalPass works in the scratch it is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/resize_table.h"

namespace fruits::detail {

// Input pixels that the horizontal pass spreads out at a time; bounds its scratch to 0.6 MB.
inline constexpr int kHorizontalWindow = 8192;

struct SourceRows {
  const std::uint8_t* data = nullptr;
  std::size_t stride = 0;  // bytes from row to row
  int rows = 0;
  int width = 0;                      // pixels
  const std::uint8_t* end = nullptr;  // one past the last byte that may be read
};

// rows x table.spans.size() pixels into `out`, rows without padding.
void HorizontalPass(const SourceRows& source, const ResizeTable& table, std::vector<std::int16_t>& scratch,
                    std::uint8_t* out);

// table.spans.size() rows of `row_bytes` bytes into `out`. Row r of the table's input lies at
// source + (r - first_row) * row_bytes.
void VerticalPass(const std::uint8_t* source, int first_row, std::size_t row_bytes, const ResizeTable& table,
                  std::uint8_t* out);

// "AVX3", "AVX2", ...: what the passes use on this machine.
const char* ResizeTarget();

}  // namespace fruits::detail
