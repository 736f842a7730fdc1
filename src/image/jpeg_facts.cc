// The markers of a JPEG up to its first scan, read as Pillow 13's JpegImagePlugin reads them: which files are
// taken at all, their size and number of components, EXIF and XMP.
#include <fmt/format.h>

#include <string>

#include "fruits/core/try.h"
#include "image/formats.h"

namespace fruits::detail {
namespace {

constexpr std::uint32_t kScan = 0xFFDA, kComment = 0xFFFE, kExif = 0xFFE1, kJfif = 0xFFE0, kAdobe = 0xFFEE;

bool IsFrame(std::uint32_t marker) {
  return (marker >= 0xFFC0 && marker <= 0xFFCF && marker != 0xFFC4 && marker != 0xFFC8 && marker != 0xFFCC) ||
         marker == 0xFFDE;
}

// Followed by a length and that many bytes.
bool HasSegment(std::uint32_t marker) {
  return (marker >= 0xFFC0 && marker <= 0xFFCF && marker != 0xFFC8) ||
         (marker >= 0xFFDA && marker <= 0xFFEF) || marker == kComment;
}

std::unexpected<Error> Truncated() {
  return Fail(ErrorCode::kCorrupt, "truncated JPEG: the file ends inside its header");
}

std::unexpected<Error> Broken(std::string what) {
  return Fail(ErrorCode::kCorrupt, "broken JPEG: " + std::move(what));
}

Status ReadFrame(Bytes segment, JpegFacts& facts) {
  if (segment.size() < 6 || (segment.size() - 6) % 3 != 0)
    return Broken("its frame header has a wrong length");
  const int bits = std::to_integer<int>(segment[0]);
  if (bits != 8) return Broken(fmt::format("{} bits a sample; 8 expected", bits));
  facts.height = static_cast<int>(BigEndian16(segment, 1));
  facts.width = static_cast<int>(BigEndian16(segment, 3));
  facts.components = std::to_integer<int>(segment[5]);
  if (facts.components != 1 && facts.components != 3 && facts.components != 4) {
    return Broken(fmt::format("{} colour components; 1, 3 or 4 expected", facts.components));
  }
  return {};
}

Status ReadApplication(std::uint32_t marker, Bytes segment, JpegFacts& facts) {
  const std::string_view text = AsText(segment);
  constexpr std::string_view kExifName("Exif\0\0", 6), kXmpName("http://ns.adobe.com/xap/1.0/\0", 29);
  if (marker == kExif && text.starts_with(kExifName)) {
    // A long EXIF goes on in further segments.
    if (facts.exif) {
      facts.exif->append(text.substr(kExifName.size()));
    } else {
      facts.exif = std::string(text);
    }
  } else if (marker == kExif && text.starts_with(kXmpName)) {
    facts.xmp = std::string(text.substr(kXmpName.size()));
  } else if ((marker == kJfif && text.starts_with("JFIF")) ||
             (marker == kAdobe && text.starts_with("Adobe"))) {
    if (segment.size() < 7) return Broken("its JFIF or Adobe header is too short");
  }
  return {};
}

}  // namespace

Result<JpegFacts> ReadJpegFacts(Bytes file) {
  JpegFacts facts;
  std::size_t at = 2;  // behind the start-of-image marker, at an FF
  while (at + 2 <= file.size()) {
    if (file[at] != std::byte{0xFF}) {  // junk between segments
      ++at;
      continue;
    }
    const std::uint32_t marker = BigEndian16(file, at);
    if (marker == 0xFFFF) {  // padding
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0xFF00) continue;
    if (marker < 0xFFC0) return Broken(fmt::format("unknown marker {:04x} in its header", marker));
    if (!HasSegment(marker)) continue;
    if (at + 2 > file.size()) return Truncated();
    const std::size_t length = std::max<std::size_t>(BigEndian16(file, at), 2) - 2;
    at += 2;
    if (length > file.size() - at) return Truncated();
    const Bytes segment = file.subspan(at, length);
    at += length;
    if (IsFrame(marker)) FRUITS_CHECK(ReadFrame(segment, facts));
    if (marker >= kJfif && marker <= 0xFFEF) FRUITS_CHECK(ReadApplication(marker, segment, facts));
    if (marker != kScan) continue;
    if (facts.components == 0) return Broken("a scan without a frame header");
    if (facts.width == 0 || facts.height == 0) {
      return Broken(fmt::format("it says that it is {} x {} pixels", facts.width, facts.height));
    }
    return facts;
  }
  return Truncated();
}

}  // namespace fruits::detail
