#include "io/arrow_fs/modified_utf8.h"

#include <cstdint>

namespace fruits::io {
namespace {

std::uint32_t ByteAt(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

// `count` continuation bytes from `i` on.
bool HasContinuations(std::string_view text, std::size_t i, std::size_t count) {
  for (std::size_t end = i + count; i < end; ++i) {
    if ((ByteAt(text, i) & 0xC0) != 0x80) return false;
  }
  return true;
}

// The surrogate of three bytes at `i`; 0 where there is none.
std::uint32_t SurrogateAt(std::string_view text, std::size_t i) {
  if (ByteAt(text, i) != 0xED || ByteAt(text, i + 1) < 0xA0 || !HasContinuations(text, i + 1, 2)) return 0;
  return 0xD000 | (ByteAt(text, i + 1) & 0x3F) << 6 | (ByteAt(text, i + 2) & 0x3F);
}

void Append(std::uint32_t lead, std::uint32_t point, int continuations, std::string& text) {
  text += static_cast<char>(lead | point >> (6 * continuations));
  while (continuations-- > 0) text += static_cast<char>(0x80 | ((point >> (6 * continuations)) & 0x3F));
}

}  // namespace

std::string ToModifiedUtf8(std::string_view utf8) {
  std::string modified;
  modified.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if ((ByteAt(utf8, i) & 0xF8) != 0xF0 || !HasContinuations(utf8, i + 1, 3)) {
      modified += utf8[i];
      continue;
    }
    const std::uint32_t point = (ByteAt(utf8, i) & 7) << 18 | (ByteAt(utf8, i + 1) & 0x3F) << 12 |
                                (ByteAt(utf8, i + 2) & 0x3F) << 6 | (ByteAt(utf8, i + 3) & 0x3F);
    Append(0xE0, 0xD800 + ((point - 0x10000) >> 10), 2, modified);
    Append(0xE0, 0xDC00 + ((point - 0x10000) & 0x3FF), 2, modified);
    i += 3;
  }
  return modified;
}

std::string FromModifiedUtf8(std::string_view modified) {
  std::string utf8;
  utf8.reserve(modified.size());
  for (std::size_t i = 0; i < modified.size(); ++i) {
    const std::uint32_t high = SurrogateAt(modified, i);
    const std::uint32_t low = SurrogateAt(modified, i + 3);
    if (high < 0xD800 || high >= 0xDC00 || low < 0xDC00) {
      utf8 += modified[i];
      continue;
    }
    Append(0xF0, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), 3, utf8);
    i += 5;
  }
  return utf8;
}

}  // namespace fruits::io
