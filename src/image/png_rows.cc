#include "image/png_rows.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace fruits::detail {
namespace {

int Channels(int color_type) {
  switch (color_type) {
    case 2:
      return 3;
    case 4:
      return 2;
    case 6:
      return 4;
    default:
      return 1;
  }
}

// The neighbour nearest to left + above - corner (ISO/IEC 15948, 9.4).
std::uint8_t Paeth(int left, int above, int corner) {
  const int to_left = std::abs(above - corner), to_above = std::abs(left - corner);
  const int to_corner = std::abs(left + above - 2 * corner);
  return static_cast<std::uint8_t>(to_left <= to_above && to_left <= to_corner ? left
                                   : to_above <= to_corner                     ? above
                                                                               : corner);
}

void UnfilterAverage(std::span<std::uint8_t> row, std::span<const std::uint8_t> previous, std::size_t step) {
  for (std::size_t i = 0; i < std::min(step, row.size()); ++i)
    row[i] = static_cast<std::uint8_t>(row[i] + previous[i] / 2);
  for (std::size_t i = step; i < row.size(); ++i) {
    row[i] = static_cast<std::uint8_t>(row[i] + (row[i - step] + previous[i]) / 2);
  }
}

void UnfilterPaeth(std::span<std::uint8_t> row, std::span<const std::uint8_t> previous, std::size_t step) {
  for (std::size_t i = 0; i < std::min(step, row.size()); ++i)
    row[i] = static_cast<std::uint8_t>(row[i] + previous[i]);
  for (std::size_t i = step; i < row.size(); ++i) {
    row[i] = static_cast<std::uint8_t>(row[i] + Paeth(row[i - step], previous[i], previous[i - step]));
  }
}

}  // namespace

int BitsPerPixel(const PngFacts& facts) { return facts.bits * Channels(facts.color_type); }

std::size_t RowBytes(const PngFacts& facts, int width) {
  return (static_cast<std::size_t>(width) * static_cast<std::size_t>(BitsPerPixel(facts)) + 7) / 8;
}

int PixelStep(const PngFacts& facts) { return std::max(1, BitsPerPixel(facts) / 8); }

void Unfilter(int filter, std::span<std::uint8_t> row, std::span<const std::uint8_t> previous, int step) {
  const auto back = static_cast<std::size_t>(step);
  switch (filter) {
    case 1:
      for (std::size_t i = back; i < row.size(); ++i)
        row[i] = static_cast<std::uint8_t>(row[i] + row[i - back]);
      return;
    case 2:
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = static_cast<std::uint8_t>(row[i] + previous[i]);
      return;
    case 3:
      return UnfilterAverage(row, previous, back);
    case 4:
      return UnfilterPaeth(row, previous, back);
    default:
      return;
  }
}

RowPainter::RowPainter(const PngFacts& facts) : bits_(facts.bits), color_type_(facts.color_type) {
  if (color_type_ == 3) {
    const std::size_t bytes = std::min(facts.palette.size() / 3 * 3, palette_.size());
    if (bytes > 0) std::memcpy(palette_.data(), facts.palette.data(), bytes);
  } else if (color_type_ == 0 && bits_ < 8) {
    const int top = (1 << bits_) - 1;
    for (int value = 0; value <= top; ++value) {
      std::fill_n(palette_.begin() + 3 * value, 3, static_cast<std::uint8_t>(value * 255 / top));
    }
  }
}

void RowPainter::Paint(const std::uint8_t* row, int width, int step, std::uint8_t* rgb) const {
  const std::size_t jump = std::size_t{3} * static_cast<std::size_t>(step);
  if (bits_ < 8 || color_type_ == 3) {
    const int mask = (1 << bits_) - 1;
    for (int x = 0; x < width; ++x, rgb += jump) {
      const std::size_t bit = static_cast<std::size_t>(x) * static_cast<std::size_t>(bits_);
      const int value = row[bit / 8] >> (8 - bits_ - static_cast<int>(bit % 8)) & mask;
      std::memcpy(rgb, palette_.data() + std::ptrdiff_t{3} * value, 3);
    }
    return;
  }
  // 16-bit samples are big-endian: their first byte is the high one.
  const std::size_t sample = static_cast<std::size_t>(bits_) / 8;
  const std::size_t pixel = sample * static_cast<std::size_t>(Channels(color_type_));
  const std::size_t next = color_type_ == 2 || color_type_ == 6 ? sample : 0;
  if (next == 1 && pixel == 3 && step == 1) {
    std::memcpy(rgb, row, std::size_t{3} * static_cast<std::size_t>(width));
    return;
  }
  for (int x = 0; x < width; ++x, rgb += jump, row += pixel) {
    rgb[0] = row[0];
    rgb[1] = row[next];
    rgb[2] = row[2 * next];
  }
}

void RowPainter::Clear(Image& image) const {
  const bool painted = bits_ < 8 || color_type_ == 3;
  const std::uint8_t* zero = palette_.data();
  if (!painted || (zero[0] == 0 && zero[1] == 0 && zero[2] == 0)) {
    std::fill(image.rgb.begin(), image.rgb.end(), std::uint8_t{0});
    return;
  }
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = zero[i % 3];
}

}  // namespace fruits::detail
