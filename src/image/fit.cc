#include "fruits/image/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "fruits/core/try.h"

namespace fruits {
namespace {

constexpr std::array<std::pair<std::string_view, Fit>, 3> kFitNames = {
    {{"full", Fit::kFull}, {"crop", Fit::kCrop}, {"pad", Fit::kPad}}};

// The part that ImageOps.fit keeps, centred; in its order of operations.
ResizeBox CropBox(const Image& source, int width, int height) {
  const double in_width = source.width, in_height = source.height;
  const double in_ratio = in_width / in_height, out_ratio = static_cast<double>(width) / height;
  double keep_width = in_width, keep_height = in_height;
  if (in_ratio > out_ratio) {
    keep_width = out_ratio * in_height;
  } else if (in_ratio < out_ratio) {
    keep_height = in_width / out_ratio;
  }
  const double left = (in_width - keep_width) * 0.5, top = (in_height - keep_height) * 0.5;
  return {left, top, left + keep_width, top + keep_height};
}

struct Size {
  int width, height;
};

// ImageOps.contain; Python's round() goes to even, as nearbyint does. A side may become 0.
Size Contain(const Image& source, int width, int height) {
  const double in_width = source.width, in_height = source.height;
  const double in_ratio = in_width / in_height, out_ratio = static_cast<double>(width) / height;
  if (in_ratio > out_ratio) return {width, static_cast<int>(std::nearbyint(in_height / in_width * width))};
  if (in_ratio < out_ratio) return {static_cast<int>(std::nearbyint(in_width / in_height * height)), height};
  return {width, height};
}

Status Pad(const Image& source, Filter filter, int width, int height, Resizer& resizer,
           std::span<std::uint8_t> out) {
  const Size inner = Contain(source, width, height);
  if (inner.width == width && inner.height == height)
    return resizer.Resize(source, filter, width, height, out);
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  if (inner.width == 0 || inner.height == 0) return {};  // thinner than half a pixel: nothing of it is seen
  const std::size_t row = std::size_t{3} * static_cast<std::size_t>(width);
  if (inner.width == width) {
    const auto top = static_cast<std::size_t>(std::nearbyint((height - inner.height) * 0.5));
    return resizer.Resize(source, filter, width, inner.height,
                          out.subspan(top * row, row * static_cast<std::size_t>(inner.height)));
  }
  const auto left = static_cast<std::size_t>(std::nearbyint((width - inner.width) * 0.5));
  const std::size_t inner_row = std::size_t{3} * static_cast<std::size_t>(inner.width);
  std::vector<std::uint8_t> middle(inner_row * static_cast<std::size_t>(height));
  FRUITS_CHECK(resizer.Resize(source, filter, inner.width, height, middle));
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) {
    std::memcpy(out.data() + y * row + 3 * left, middle.data() + y * inner_row, inner_row);
  }
  return {};
}

}  // namespace

std::optional<Fit> ParseFit(std::string_view name) {
  for (const auto& [known, fit] : kFitNames) {
    if (known == name) return fit;
  }
  return std::nullopt;
}

std::string_view ToString(Fit fit) {
  for (const auto& [name, known] : kFitNames) {
    if (known == fit) return name;
  }
  return "unknown";
}

Status FitImage(const Image& source, Fit fit, Filter filter, int width, int height, Resizer& resizer,
                std::span<std::uint8_t> out) {
  const bool valid =
      source.width > 0 && source.height > 0 && width > 0 && height > 0 &&
      out.size() == std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  // The plain resize also words the error.
  if (!valid || fit == Fit::kFull) return resizer.Resize(source, filter, width, height, out);
  if (fit == Fit::kPad) return Pad(source, filter, width, height, resizer, out);
  return resizer.Resize(source, CropBox(source, width, height), filter, width, height, out);
}

}  // namespace fruits
