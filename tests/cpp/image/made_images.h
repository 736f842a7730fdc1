// Pictures and PNG files for the tests of this room.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/image/image.h"

namespace fruits::test {

inline Image NoiseImage(int width, int height, unsigned seed = 1) {
  Image image;
  image.Resize(width, height);
  std::mt19937 random(seed);
  for (auto& byte : image.rgb) byte = static_cast<std::uint8_t>(random() >> 11);
  return image;
}

inline std::string BigEndian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

inline std::string PngChunk(const std::string& name, const std::string& data) {
  const std::string body = name + data;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return BigEndian(static_cast<std::uint32_t>(data.size())) + body +
         BigEndian(static_cast<std::uint32_t>(sum));
}

// An RGB PNG; `extra` are whole chunks before the pixels.
inline std::string PngFile(const Image& image, const std::string& extra = "") {
  std::string rows;
  const auto row = static_cast<std::size_t>(3 * image.width);
  for (int y = 0; y < image.height; ++y) {
    rows += '\0';
    rows.append(reinterpret_cast<const char*>(image.rgb.data()) + static_cast<std::size_t>(y) * row, row);
  }
  uLongf size = compressBound(rows.size());
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
           rows.size());
  packed.resize(size);
  const std::string header = BigEndian(static_cast<std::uint32_t>(image.width)) +
                             BigEndian(static_cast<std::uint32_t>(image.height)) +
                             std::string("\x08\x02\0\0\0", 5);
  return std::string("\x89PNG\r\n\x1a\n") + PngChunk("IHDR", header) + extra + PngChunk("IDAT", packed) +
         PngChunk("IEND", "");
}

inline std::span<const std::byte> AsBytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// A little-endian TIFF block with the orientation as its only entry.
inline std::string ExifBlock(int orientation) {
  std::string block("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18);
  block += static_cast<char>(orientation);
  return block + std::string(7, '\0');
}

}  // namespace fruits::test
