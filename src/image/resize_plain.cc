#include "image/resize_plain.h"

#include <algorithm>

namespace fruits::detail {
namespace {

// Weight i of a span, its halves joined again.
std::int32_t WeightAt(const WeightPair* pairs, int i) {
  const auto half = [i](std::int32_t pair) {
    return static_cast<std::int16_t>(static_cast<std::uint32_t>(pair) >> (16 * (i % 2)));
  };
  return half(pairs[i / 2].high) * (1 << kWeightLowBits) + half(pairs[i / 2].low);
}

std::uint8_t WeightedSum(const std::uint8_t* pixels, std::size_t step, const WeightPair* pairs, int count) {
  std::uint32_t sum = 1u << (kWeightBits - 1);
  for (int i = 0; i < count; ++i) {
    sum += static_cast<std::uint32_t>(WeightAt(pairs, i)) * pixels[static_cast<std::size_t>(i) * step];
  }
  return static_cast<std::uint8_t>(std::clamp(static_cast<std::int32_t>(sum) >> kWeightBits, 0, 255));
}

}  // namespace

void PlainHorizontalPass(const SourceRows& source, const ResizeTable& table, std::uint8_t* out) {
  for (int y = 0; y < source.rows; ++y) {
    const std::uint8_t* row = source.data + static_cast<std::size_t>(y) * source.stride;
    for (const ResizeSpan& span : table.spans) {
      for (int c = 0; c < 3; ++c) {
        *out++ = WeightedSum(row + std::ptrdiff_t{3} * span.first + c, 3, table.pairs.data() + span.offset,
                             span.count);
      }
    }
  }
}

void PlainVerticalRow(const std::uint8_t* source, std::size_t row_bytes, const ResizeTable& table,
                      std::size_t y, std::uint8_t* out) {
  const ResizeSpan& span = table.spans[y];
  for (std::size_t x = 0; x < row_bytes; ++x) {
    out[x] = WeightedSum(source + x, row_bytes, table.pairs.data() + span.offset, span.count);
  }
}

}  // namespace fruits::detail
