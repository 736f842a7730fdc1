#include "fruits/image/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include "fruits/core/try.h"
#include "fruits/image/exif.h"
#include "image/formats.h"
#include "image/orientation.h"

namespace fruits {
namespace {

using detail::Bytes;

enum class Format { kJpeg, kPng, kWebp };

// The first bytes as a person can read them: 'GIF89a' or "bytes 00 01 02".
std::string Beginning(Bytes file) {
  const std::string_view text = detail::AsText(file).substr(0, 8);
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; });
  const std::string_view readable = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  if (readable.size() >= 3 || readable.size() == text.size()) return fmt::format("'{}'", readable);
  std::string hex = "bytes";
  for (const char c : text) hex += fmt::format(" {:02x}", static_cast<unsigned char>(c));
  return hex;
}

Result<Format> Recognise(Bytes file) {
  const std::string_view text = detail::AsText(file);
  if (text.empty()) return Fail(ErrorCode::kCorrupt, "empty file");
  if (text.starts_with("\xff\xd8\xff")) return Format::kJpeg;
  if (text.starts_with(std::string_view("\x89PNG\r\n\x1a\n", 8))) return Format::kPng;
  if (text.starts_with("RIFF") && text.size() >= 12 && text.substr(8, 4) == "WEBP") return Format::kWebp;
  return Fail(ErrorCode::kCorrupt,
              fmt::format("not a JPEG, PNG or WebP image (it starts with {})", Beginning(file)));
}

std::uint64_t Pixels(int width, int height) {
  return static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
}

std::string Grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

Status CheckSize(int width, int height, std::uint64_t max_pixels) {
  if (Pixels(width, height) <= max_pixels) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("image is {} x {} pixels, above the limit of {} (--max-pixels)", width, height,
                          Grouped(max_pixels)));
}

constexpr std::uint64_t kLargePixels = 16'000'000;

// Held while a large picture is decoded, so that threads do not need the memory of several at once.
std::unique_lock<std::mutex> LockIfLarge(int width, int height) {
  static std::mutex mutex;
  return Pixels(width, height) > kLargePixels ? std::unique_lock(mutex) : std::unique_lock<std::mutex>();
}

// A large picture's memory is not kept for the small ones that follow.
void Recycle(int width, int height, Image& image) {
  const std::uint64_t bytes = 3 * Pixels(width, height);
  if (image.rgb.capacity() > 3 * kLargePixels && bytes < image.rgb.capacity() / 2)
    image.rgb = std::vector<std::uint8_t>();
}

Status Finish(Status decoded, int orientation, const DecodeOptions& options, Image& image) {
  FRUITS_CHECK(std::move(decoded));
  if (options.exif_rotate) ApplyOrientation(orientation, image);
  return {};
}

Status DecodeFormat(Format format, Bytes file, const DecodeOptions& options, Image& image) {
  switch (format) {
    case Format::kJpeg: {
      FRUITS_TRY(const detail::JpegFacts facts, detail::ReadJpegFacts(file));
      FRUITS_CHECK(CheckSize(facts.width, facts.height, options.max_pixels));
      const auto lock = LockIfLarge(facts.width, facts.height);
      Recycle(facts.width, facts.height, image);
      return Finish(detail::DecodeJpeg(file, facts, image), detail::Orientation(facts.exif, facts.xmp),
                    options, image);
    }
    case Format::kPng: {
      FRUITS_TRY(detail::PngFacts facts, detail::ReadPngFacts(file));
      FRUITS_CHECK(CheckSize(facts.width, facts.height, options.max_pixels));
      const auto lock = LockIfLarge(facts.width, facts.height);
      Recycle(facts.width, facts.height, image);
      Status decoded = detail::DecodePng(file, facts, image);
      return Finish(std::move(decoded), detail::PngOrientation(facts), options, image);
    }
    case Format::kWebp: {
      FRUITS_TRY(const detail::WebpFacts facts, detail::ReadWebpFacts(file));
      FRUITS_CHECK(CheckSize(facts.width, facts.height, options.max_pixels));
      const auto lock = LockIfLarge(facts.width, facts.height);
      Recycle(facts.width, facts.height, image);
      int orientation = 1;
      Status decoded = detail::DecodeWebp(file, image, orientation);
      return Finish(std::move(decoded), orientation, options, image);
    }
  }
  return Fail(ErrorCode::kInternal, "unknown image format");
}

}  // namespace

Result<ImageHeader> ReadImageHeader(std::span<const std::byte> file) {
  FRUITS_TRY(const Format format, Recognise(file));
  switch (format) {
    case Format::kJpeg: {
      FRUITS_TRY(const auto facts, detail::ReadJpegFacts(file));
      return ImageHeader{facts.width, facts.height};
    }
    case Format::kPng: {
      FRUITS_TRY(const auto facts, detail::ReadPngFacts(file));
      return ImageHeader{facts.width, facts.height};
    }
    case Format::kWebp: {
      FRUITS_TRY(const auto facts, detail::ReadWebpFacts(file));
      return ImageHeader{facts.width, facts.height};
    }
  }
  return Fail(ErrorCode::kInternal, "unknown image format");
}

Status Decode(std::span<const std::byte> file, const DecodeOptions& options, Image& image) {
  FRUITS_TRY(const Format format, Recognise(file));
  try {
    return DecodeFormat(format, file, options, image);
  } catch (const std::exception&) {  // only memory can fail so here
    return Fail(ErrorCode::kResourceExhausted,
                "not enough memory for this image; lower the limit (--max-pixels)");
  }
}

}  // namespace fruits
