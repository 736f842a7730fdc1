// Pillow's Image.resize for 8-bit RGB, bit for bit, faster.
//
//   Resizer resizer;                                  // one per thread: keeps tables and scratch memory
//   resizer.Resize(photo, Filter::kBicubic, 224, 224, out);          // out: 224 * 224 * 3 bytes
//
// Source of the arithmetic: Pillow 13.0.0, Resample.c (weights of 22 fraction bits, 8 bits between the
// passes, the order of the passes by the sizes) and Geometry.c (nearest). The instruction set is chosen when
// the program runs. Threads: one user per object. Memory: up to 8 tables of 1 MiB, 0.6 MB, and what lies
// between the passes: at most 3 * out_width * in_height bytes, or 3 * in_width * out_height where the height
// shrinks most.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "fruits/core/error.h"
#include "fruits/image/image.h"

namespace fruits {

enum class Filter { kNearest, kBox, kBilinear, kBicubic, kLanczos };

// "nearest", "box", "bilinear", "bicubic", "lanczos".
std::optional<Filter> ParseFilter(std::string_view name);
std::string_view ToString(Filter filter);

// The part of the source that is resized, in source pixels, as Pillow's `box`.
struct ResizeBox {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

class Resizer {
 public:
  Resizer();
  ~Resizer();
  Resizer(Resizer&&) noexcept;
  Resizer& operator=(Resizer&&) noexcept;

  // The whole source to width x height; `out` has exactly 3 * width * height bytes.
  // kInvalidArgument: empty source, size below 1, wrong out. kResourceExhausted: more than 256 MiB of
  // weights, which takes a side of tens of millions of pixels. `out` is then unspecified.
  Status Resize(const Image& source, Filter filter, int width, int height, std::span<std::uint8_t> out);
  // Part of it; the box (rounded to float, as in Pillow) must lie inside the source.
  Status Resize(const Image& source, const ResizeBox& box, Filter filter, int width, int height,
                std::span<std::uint8_t> out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fruits
