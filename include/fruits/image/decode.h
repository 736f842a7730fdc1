// A JPEG, PNG or WebP file in memory to RGB, bit for bit what Pillow 13.0.0's open(...).convert("RGB") gives,
// with one exception: 16-bit gray PNG takes the high byte (Pillow clips at 255).
//
//   Image photo;
//   if (Status ok = Decode(bytes, {}, photo); !ok) reject(ok.error().message());
//
// The format is read from the content, never from a name; docs/image.md says which files are taken.
// Threads: any. Pictures above 16 megapixels are decoded one at a time in the whole process.
// Memory: 3 bytes a pixel; twice that while it is being turned. A progressive JPEG adds 6 bytes a pixel while
// it is decoded, a WebP 8. Formulas: ITU-T T.81, ISO/IEC 15948, RFC 9649, by libjpeg-turbo, zlib and libwebp.
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
  // Apply the EXIF orientation (XMP's where there is no EXIF, as Pillow); broken EXIF counts as none.
  bool exif_rotate = true;
};

// What the file says of itself, before it is turned. Decodes no pixels and knows no limit. kCorrupt as
// Decode().
struct ImageHeader {
  int width = 0;
  int height = 0;
};
Result<ImageHeader> ReadImageHeader(std::span<const std::byte> file);

// Fills `image`. Its memory is reused, except that a large picture's is given back when a small one follows.
// kCorrupt with a reason that a person understands ("empty file", "not a JPEG, PNG or WebP image (it starts
// with 'GIF8')", "truncated JPEG: ..."), kInvalidArgument over max_pixels, kResourceExhausted out of memory;
// then `image` is unspecified.
Status Decode(std::span<const std::byte> file, const DecodeOptions& options, Image& image);

}  // namespace fruits
