// Rows of a PNG: undoing their filter, and their samples to RGB as Pillow's convert("RGB") has them.
// Threads: any; RowPainter is read-only after construction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "image/formats.h"

namespace fruits::detail {

int BitsPerPixel(const PngFacts& facts);
std::size_t RowBytes(const PngFacts& facts, int width);
// Bytes from a sample to the same one of the pixel before; at least 1.
int PixelStep(const PngFacts& facts);

// `filter` 0..4. Both spans have the same size; `previous` is the row above, zeros for the first.
void Unfilter(int filter, std::span<std::uint8_t> row, std::span<const std::uint8_t> previous, int step);

// Alpha and transparency are dropped, 16 bits give their high byte, gray of fewer bits is stretched to
// 0..255, and palette entries that are missing are black.
class RowPainter {
 public:
  explicit RowPainter(const PngFacts& facts);
  // `width` pixels to every `step`-th pixel from `rgb` on.
  void Paint(const std::uint8_t* row, int width, int step, std::uint8_t* rgb) const;
  // All pixels as samples of zero paint them.
  void Clear(Image& image) const;

 private:
  int bits_;
  int color_type_;
  std::array<std::uint8_t, 768> palette_{};  // of indices, and of gray below 8 bits
};

}  // namespace fruits::detail
