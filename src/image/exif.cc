#include "fruits/image/exif.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "image/orientation.h"

namespace fruits {
namespace {

constexpr std::uint16_t kOrientationTag = 0x0112;

// Numbers of a TIFF block in its byte order.
class TiffReader {
 public:
  TiffReader(std::span<const std::byte> bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}
  std::size_t size() const { return bytes_.size(); }
  bool Has(std::uint64_t offset, std::uint64_t count) const {
    return offset <= bytes_.size() && count <= bytes_.size() - offset;
  }
  // The caller has checked Has().
  std::uint64_t Number(std::uint64_t offset, int count) const {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i) {
      const int at = big_endian_ ? i : count - 1 - i;
      value = value << 8 | std::to_integer<std::uint64_t>(bytes_[offset + static_cast<std::uint64_t>(at)]);
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool big_endian_;
};

// Bytes of one value of a TIFF type; 0: unknown.
int TypeSize(std::uint64_t type) {
  constexpr int kSizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8};
  return type < std::size(kSizes) ? kSizes[type] : 0;
}

// A value as a number; 0 (which is no orientation) for the types that hold none.
double Value(const TiffReader& tiff, std::uint64_t offset, std::uint64_t type) {
  const std::uint64_t bits = TypeSize(type) <= 8 ? tiff.Number(offset, TypeSize(type)) : 0;
  const auto ratio = [](double a, double b) { return b == 0 ? 0.0 : a / b; };
  switch (type) {
    case 3:
    case 4:
    case 13:
    case 16:  // clang-format on the case labels would take four lines
      return static_cast<double>(bits);
    case 6:
      return static_cast<std::int8_t>(bits);
    case 8:
      return static_cast<std::int16_t>(bits);
    case 9:
      return static_cast<std::int32_t>(bits);
    case 5:
      return ratio(static_cast<double>(tiff.Number(offset, 4)),
                   static_cast<double>(tiff.Number(offset + 4, 4)));
    case 10:
      return ratio(static_cast<std::int32_t>(tiff.Number(offset, 4)),
                   static_cast<std::int32_t>(tiff.Number(offset + 4, 4)));
    case 11:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case 12:
      return std::bit_cast<double>(bits);
    default:
      return 0;
  }
}

std::span<const std::byte> StripExifPrefix(std::span<const std::byte> bytes) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  for (int i = 0;
       i < 2 && bytes.size() >= kPrefix.size() && std::memcmp(bytes.data(), kPrefix.data(), 6) == 0; ++i) {
    bytes = bytes.subspan(kPrefix.size());
  }
  return bytes;
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

using Pixel = std::uint8_t[3];

// The picture with rows and columns exchanged; then mirrored as asked. Tiles keep both pictures in the cache.
void Transpose(Image& image, bool mirror_x, bool mirror_y) {
  constexpr int kTile = 32;
  const int width = image.width, height = image.height;
  std::vector<std::uint8_t> turned(image.rgb.size());
  for (int y0 = 0; y0 < height; y0 += kTile) {
    for (int x0 = 0; x0 < width; x0 += kTile) {
      for (int y = y0; y < std::min(y0 + kTile, height); ++y) {
        for (int x = x0; x < std::min(x0 + kTile, width); ++x) {
          const auto column = static_cast<std::size_t>(mirror_x ? height - 1 - y : y);
          const auto row = static_cast<std::size_t>(mirror_y ? width - 1 - x : x);
          const std::size_t from =
              static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
          std::memcpy(turned.data() + 3 * (row * static_cast<std::size_t>(height) + column),
                      image.rgb.data() + 3 * from, 3);
        }
      }
    }
  }
  image.rgb = std::move(turned);
  std::swap(image.width, image.height);
}

void MirrorRows(Image& image) {
  const std::size_t row = std::size_t{3} * static_cast<std::size_t>(image.width);
  for (int y = 0; y < image.height / 2; ++y) {
    std::uint8_t* a = image.rgb.data() + static_cast<std::size_t>(y) * row;
    std::swap_ranges(a, a + row, image.rgb.data() + static_cast<std::size_t>(image.height - 1 - y) * row);
  }
}

void MirrorColumns(Image& image) {
  for (int y = 0; y < image.height; ++y) {
    std::uint8_t* a = image.rgb.data() +
                      std::size_t{3} * static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width);
    std::uint8_t* b = a + std::size_t{3} * static_cast<std::size_t>(image.width - 1);
    for (; a < b; a += 3, b -= 3) std::swap_ranges(a, a + 3, b);
  }
}

}  // namespace

namespace detail {

ExifAnswer ReadExifOrientation(std::span<const std::byte> exif) {
  const std::span<const std::byte> bytes = StripExifPrefix(exif);
  if (bytes.empty()) return {.readable = true};
  if (bytes.size() < 8) return {};
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), 4);
  const bool big = IsOneOf(head, {{"MM\0*", 4}, {"MM*\0", 4}, {"MM\0+", 4}});
  if (!big && !IsOneOf(head, {{"II*\0", 4}, {"II\0*", 4}})) return {};

  const TiffReader tiff(bytes, big);
  ExifAnswer answer{.readable = true};
  std::uint64_t at = tiff.Number(4, 4);
  if (!tiff.Has(at, 2)) return answer;
  const std::uint64_t entries = tiff.Number(at, 2);
  std::uint64_t out_of_line = 0;
  at += 2;
  for (std::uint64_t i = 0; i < entries && tiff.Has(at, 12); ++i, at += 12) {
    const std::uint64_t tag = tiff.Number(at, 2), type = tiff.Number(at + 2, 2);
    const std::uint64_t size = tiff.Number(at + 4, 4) * static_cast<std::uint64_t>(TypeSize(type));
    if (size == 0) continue;
    std::uint64_t data = at + 8;
    if (size > 4) {
      data = tiff.Number(at + 8, 4);
      out_of_line += size;
      if (out_of_line > tiff.size()) continue;  // more than the block holds: not believed
      if (!tiff.Has(data, size)) break;
    }
    if (tag != kOrientationTag) continue;
    answer.present = true;
    const double value = Value(tiff, data, type);
    for (int orientation = 1; orientation <= 8; ++orientation) {
      if (value == orientation) answer.orientation = orientation;
    }
    break;  // the first one counts
  }
  return answer;
}

int XmpOrientation(std::string_view xmp) {
  constexpr std::string_view kName = "tiff:Orientation";
  for (std::size_t at = xmp.find(kName); at != std::string_view::npos; at = xmp.find(kName, at + 1)) {
    std::string_view rest = xmp.substr(at + kName.size());
    if (rest.starts_with("=\"")) {
      rest.remove_prefix(2);
    } else if (rest.starts_with('>')) {
      rest.remove_prefix(1);
    } else {
      continue;
    }
    if (rest.empty() || rest.front() < '0' || rest.front() > '9') continue;
    const int value = rest.front() - '0';
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

int Orientation(const std::optional<std::string>& exif, const std::optional<std::string>& xmp) {
  if (exif) {
    const ExifAnswer answer = ReadExifOrientation(std::as_bytes(std::span(*exif)));
    if (!answer.readable || answer.present) return answer.orientation;
  }
  return xmp ? XmpOrientation(*xmp) : 1;
}

}  // namespace detail

int ExifOrientation(std::span<const std::byte> tiff) { return detail::ReadExifOrientation(tiff).orientation; }

void ApplyOrientation(int orientation, Image& image) {
  if (image.width < 1 || image.height < 1) return;
  switch (orientation) {
    case 2:
      return MirrorColumns(image);
    case 3:
      MirrorColumns(image);
      return MirrorRows(image);
    case 4:
      return MirrorRows(image);
    case 5:
      return Transpose(image, false, false);
    case 6:
      return Transpose(image, true, false);
    case 7:
      return Transpose(image, true, true);
    case 8:
      return Transpose(image, false, true);
    default:
      return;
  }
}

}  // namespace fruits
