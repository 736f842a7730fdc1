#include "image/png_chunks.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

#include "image/orientation.h"

namespace fruits::detail {
namespace {

bool IsName(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

constexpr std::size_t kMaxText = std::size_t{1} << 20;

// Empty where it is broken or longer than 1 MiB.
std::optional<std::string> Inflate(std::string_view packed) {
  std::string text(std::min<std::size_t>(kMaxText, packed.size() * 16 + 256), '\0');
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  int status = Z_OK;
  while (status == Z_OK && stream.total_out < kMaxText) {
    if (stream.total_out == text.size()) text.resize(std::min(kMaxText, text.size() * 2));
    stream.next_out = reinterpret_cast<Bytef*>(text.data()) + stream.total_out;
    stream.avail_out = static_cast<uInt>(text.size() - stream.total_out);
    status = inflate(&stream, Z_NO_FLUSH);
  }
  text.resize(stream.total_out);
  inflateEnd(&stream);
  if (status != Z_STREAM_END) return std::nullopt;
  return text;
}

// The part before the first NUL; `rest` becomes what follows it.
std::optional<std::string_view> SplitAtNul(std::string_view& rest) {
  const std::size_t nul = rest.find('\0');
  if (nul == std::string_view::npos) return std::nullopt;
  const std::string_view front = rest.substr(0, nul);
  rest.remove_prefix(nul + 1);
  return front;
}

std::optional<std::string> CompressedText(std::string_view rest) {
  if (rest.empty() || rest.front() != '\0') return std::nullopt;
  return Inflate(rest.substr(1));
}

std::optional<std::string> InternationalText(std::string_view rest) {
  if (rest.size() < 2) return std::nullopt;
  const bool packed = rest[0] != '\0', known = rest[1] == '\0';
  rest.remove_prefix(2);
  if (!SplitAtNul(rest) || !SplitAtNul(rest)) return std::nullopt;  // language, translated keyword
  if (!packed) return std::string(rest);
  return known ? Inflate(rest) : std::nullopt;
}

}  // namespace

std::optional<Chunk> ChunkWalk::Next(bool check) {
  if (file_.size() - std::min(at_, file_.size()) < 8) {
    end_ = ChunkEnd::kEndOfFile;
    return std::nullopt;
  }
  Chunk chunk;
  chunk.offset = at_;
  chunk.name = AsText(file_.subspan(at_ + 4, 4));
  if (!IsName(chunk.name)) {
    end_ = ChunkEnd::kBadName;
    return std::nullopt;
  }
  const std::size_t length = BigEndian32(file_, at_), data = at_ + 8;
  chunk.data = file_.subspan(data, std::min(length, file_.size() - data));
  chunk.complete = chunk.data.size() == length;
  at_ = data + chunk.data.size();
  if (check && chunk.complete && chunk.name != "IDAT" && file_.size() - at_ >= 4) {
    const auto sum = crc32(0, AsOctets(file_.subspan(chunk.offset + 4)), static_cast<uInt>(4 + length));
    chunk.good_checksum = sum == BigEndian32(file_, at_);
  }
  at_ = std::min(at_ + 4, file_.size());
  return chunk;
}

void ReadPngMetadata(const Chunk& chunk, PngFacts& facts) {
  std::string_view rest = AsText(chunk.data);
  if (chunk.name == "eXIf") {
    facts.exif = "Exif" + std::string(2, '\0') + std::string(rest);
    return;
  }
  if (chunk.name != "tEXt" && chunk.name != "zTXt" && chunk.name != "iTXt") return;
  const auto key = SplitAtNul(rest);
  if (!key) return;
  std::optional<std::string>* const target = *key == "XML:com.adobe.xmp"              ? &facts.xmp
                                             : *key == "Raw profile type exif"        ? &facts.raw_exif
                                             : *key == "exif" && chunk.name == "tEXt" ? &facts.exif
                                                                                      : nullptr;
  if (target == nullptr) return;
  std::optional<std::string> text = chunk.name == "tEXt"   ? std::string(rest)
                                    : chunk.name == "zTXt" ? CompressedText(rest)
                                                           : InternationalText(rest);
  if (text) *target = std::move(text);
}

int PngOrientation(const PngFacts& facts) {
  if (facts.exif || !facts.raw_exif) return Orientation(facts.exif, facts.xmp);
  // Three lines (empty, name, length), then hexadecimal digits in lines.
  std::string_view lines = *facts.raw_exif;
  for (int i = 0; i < 3; ++i) {
    const std::size_t end = lines.find('\n');
    lines = end == std::string_view::npos ? std::string_view() : lines.substr(end + 1);
  }
  std::string bytes;
  int high = -1;
  for (const char c : lines) {
    if (c == '\n' || c == ' ' || c == '\r' || c == '\t') continue;
    const int digit = c >= '0' && c <= '9'                 ? c - '0'
                      : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                           : -1;
    if (digit < 0) return 1;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<char>(high * 16 + digit));
      high = -1;
    }
  }
  return high < 0 ? Orientation(bytes, facts.xmp) : 1;
}

}  // namespace fruits::detail
