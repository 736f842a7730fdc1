// The three decoders behind Decode(): each reads its whole header first, then the pixels.
// Threads: any; no shared state. Errors: kCorrupt with a reason for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "fruits/image/image.h"

namespace fruits::detail {

using Bytes = std::span<const std::byte>;

inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline const std::uint8_t* AsOctets(Bytes bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

inline std::uint32_t BigEndian16(Bytes bytes, std::size_t at) {
  return std::to_integer<std::uint32_t>(bytes[at]) << 8 | std::to_integer<std::uint32_t>(bytes[at + 1]);
}
inline std::uint32_t BigEndian32(Bytes bytes, std::size_t at) {
  return BigEndian16(bytes, at) << 16 | BigEndian16(bytes, at + 2);
}

struct JpegFacts {
  int width = 0;
  int height = 0;
  int components = 0;  // 1, 3 or 4
  std::optional<std::string> exif;
  std::optional<std::string> xmp;
};
Result<JpegFacts> ReadJpegFacts(Bytes file);
Status DecodeJpeg(Bytes file, const JpegFacts& facts, Image& image);

struct PngFacts {
  int width = 0;
  int height = 0;
  int bits = 0;        // a sample
  int color_type = 0;  // 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA
  bool interlaced = false;
  Bytes palette;               // RGB triples, in the file
  std::size_t first_idat = 0;  // offset of its length field
  std::optional<std::string> exif;
  std::optional<std::string> raw_exif;  // hexadecimal text, as ImageMagick writes it
  std::optional<std::string> xmp;
};
Result<PngFacts> ReadPngFacts(Bytes file);
// Adds to `facts` what stands behind the pixels.
Status DecodePng(Bytes file, PngFacts& facts, Image& image);
int PngOrientation(const PngFacts& facts);

struct WebpFacts {
  int width = 0;
  int height = 0;
};
Result<WebpFacts> ReadWebpFacts(Bytes file);
// `orientation` becomes what its EXIF and XMP chunks say.
Status DecodeWebp(Bytes file, Image& image, int& orientation);

}  // namespace fruits::detail
