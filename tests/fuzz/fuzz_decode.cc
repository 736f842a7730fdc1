// Any bytes through Decode(), and what comes out through every filter and fit.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "fruits/image/decode.h"
#include "fruits/image/fit.h"
#include "fruits/image/thumbnail.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fruits::Image image;
  static fruits::Resizer resizer;
  static fruits::Thumbnailer thumbnailer;
  const auto file = std::as_bytes(std::span(data, size));
  const std::uint8_t choice = size > 0 ? data[size - 1] : 0;

  const auto header = fruits::ReadImageHeader(file);
  const fruits::Status decoded =
      fruits::Decode(file, {.max_pixels = 1 << 18, .exif_rotate = (choice & 1) != 0}, image);
  if (!decoded) return 0;
  if (!header || image.width < 1 || image.height < 1) std::abort();
  if (image.rgb.size() !=
      std::size_t{3} * static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height)) {
    std::abort();
  }

  const int width = 1 + choice % 40, height = 1 + choice % 23;
  std::vector<std::uint8_t> out(std::size_t{3} * static_cast<std::size_t>(width) *
                                static_cast<std::size_t>(height));
  const auto fit = static_cast<fruits::Fit>(choice % 3);
  const auto filter = static_cast<fruits::Filter>(choice / 3 % 5);
  if (!fruits::FitImage(image, fit, filter, width, height, resizer, out)) std::abort();
  const auto thumbnail = thumbnailer.Make(image);
  if (!thumbnail || thumbnail->size() > fruits::kThumbnailMaxBytes) std::abort();
  return 0;
}
