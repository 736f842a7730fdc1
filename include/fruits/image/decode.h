// A JPEG, PNG or WebP file in memory to RGB, bit for bit what Pillow 13.0.0's open(...).convert("RGB") gives,
// with one exception: 16-bit gray PNG takes the high byte (Pillow clips at 255).
//
//   Image photo;
//   if (Status ok = Decode(bytes, {}, photo); !ok) reject(ok.error().message());
//
// The format is read from the content, never from a name. Truncated data is refused, as Pillow does.
// Threads: any; no shared state. Memory: the decoded picture, twice while it is being rotated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "fruits/core/error.h"
#include "fruits/image/image.h"

namespace fruits {

struct DecodeOptions {
  // Refused above this many pixels: Pillow's limit for its DecompressionBombError, 2 * 89,478,485.
  std::uint64_t max_pixels = 178'956'970;
  bool exif_rotate = true;  // apply the EXIF orientation; broken EXIF counts as none
};

// What the file says of itself before rotation; fast, decodes no pixels.
struct ImageHeader {
  int width = 0;
  int height = 0;
};
Result<ImageHeader> ReadImageHeader(std::span<const std::byte> file);

// Fills `image` (its memory is reused). kCorrupt with a reason a person understands ("empty file", "not a JPEG, PNG or
// WebP image (starts with 'GIF8')", "truncated JPEG: ..."), kResourceExhausted over max_pixels; then `image` is unspecified.
Status Decode(std::span<const std::byte> file, const DecodeOptions& options, Image& image);

}  // namespace fruits
