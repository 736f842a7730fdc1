#include "io/archive/tar_header.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace fruits::io {
namespace {

constexpr std::uint64_t kSizeMax = std::uint64_t{1} << 62;

std::string_view UntilNul(std::string_view field) { return field.substr(0, field.find('\0')); }

// GNU's form for large numbers: the first bit set, then two's complement, highest byte first.
std::optional<std::int64_t> Base256(std::string_view field) {
  const bool negative = (static_cast<unsigned char>(field[0]) & 0x40) != 0;
  std::int64_t value = negative ? -1 : 0;
  for (std::size_t i = 0; i < field.size(); ++i) {
    auto byte = static_cast<unsigned char>(field[i]);
    if (i == 0) byte = static_cast<unsigned char>(negative ? byte | 0x80 : byte & 0x7f);
    if (value > (std::numeric_limits<std::int64_t>::max() >> 8) ||
        value < (std::numeric_limits<std::int64_t>::min() >> 8)) {
      return std::nullopt;
    }
    value = value * 256 + byte;
  }
  return value;
}

// Octal digits among spaces and NULs; nothing there is 0.
std::optional<std::int64_t> Number(std::string_view field) {
  if ((static_cast<unsigned char>(field[0]) & 0x80) != 0) return Base256(field);
  while (!field.empty() && field.front() == ' ') field.remove_prefix(1);
  field = field.substr(0, std::min(field.find('\0'), field.find(' ')));
  if (field.empty()) return 0;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, 8);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return value;
}

// Some old writers summed signed bytes.
bool ChecksumHolds(std::string_view block, std::int64_t expected) {
  std::int64_t plain = 0;
  std::int64_t with_signs = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const char c = i >= 148 && i < 156 ? ' ' : block[i];
    plain += static_cast<unsigned char>(c);
    with_signs += static_cast<signed char>(c);
  }
  return expected == plain || expected == with_signs;
}

std::optional<std::int64_t> ParseTime(std::string_view text) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::string_view whole = text.substr(0, text.find('.'));
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
  if (error != std::errc() || end != whole.data() + whole.size() || seconds < 0 || seconds > 9'000'000'000)
    return std::nullopt;
  std::int64_t nanoseconds = 0;
  std::int64_t unit = kSecond / 10;
  for (const char c : text.substr(std::min(whole.size() + 1, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    nanoseconds += (c - '0') * unit;
    unit /= 10;
  }
  const std::int64_t time = seconds * kSecond + nanoseconds;
  return negative ? -time : time;
}

bool AddRecord(std::string_view key, std::string_view value, TarExtras& extras) {
  if (key == "path") {
    if (!extras.sparse || !extras.name) extras.name = value;
  } else if (key == "linkpath") {
    extras.link = value;
  } else if (key == "mtime") {
    extras.mtime_ns = ParseTime(value);
  } else if (key == "size") {
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
    if (error != std::errc() || end != value.data() + value.size() || size > kSizeMax) return false;
    extras.size_bytes = size;
  } else if (key.starts_with("GNU.sparse.")) {
    extras.sparse = true;
    if (key == "GNU.sparse.name") extras.name = value;
  }
  return true;
}

}  // namespace

bool IsZeroBlock(std::span<const std::byte, kTarBlock> block) {
  return std::ranges::all_of(block, [](std::byte b) { return b == std::byte{0}; });
}

std::optional<TarHeader> ParseTarHeader(std::span<const std::byte, kTarBlock> block) {
  const std::string_view text(reinterpret_cast<const char*>(block.data()), block.size());
  const auto checksum = Number(text.substr(148, 8));
  if (!checksum || !ChecksumHolds(text, *checksum)) return std::nullopt;
  const auto size = Number(text.substr(124, 12));
  if (!size || *size < 0 || static_cast<std::uint64_t>(*size) > kSizeMax) return std::nullopt;

  TarHeader header;
  header.type = text[156];
  header.name = UntilNul(text.substr(0, 100));
  header.link = UntilNul(text.substr(157, 100));
  header.size_bytes = static_cast<std::uint64_t>(*size);
  // A time that cannot be read does no harm to the bytes.
  header.mtime_seconds = std::clamp<std::int64_t>(Number(text.substr(136, 12)).value_or(0), 0, 9'000'000'000);
  header.extended_sparse = text[482] != 0;
  if (text.substr(257, 6) == std::string_view("ustar\0", 6)) {
    // star keeps times behind a shorter prefix.
    const bool star = text.substr(508, 4) == std::string_view("tar\0", 4);
    const std::string_view prefix = UntilNul(text.substr(345, star ? 131 : 155));
    if (!prefix.empty()) header.name = std::string(prefix) + "/" + header.name;
  }
  return header;
}

bool ParsePax(std::string_view records, TarExtras& extras) {
  while (!records.empty() && records.front() != '\0') {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    const auto digits = static_cast<std::size_t>(end - records.data());
    if (error != std::errc() || length > records.size() || length < digits + 3 || *end != ' ' ||
        records[length - 1] != '\n') {
      return false;
    }
    const std::string_view record = records.substr(digits + 1, length - digits - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    if (!AddRecord(record.substr(0, equals), record.substr(equals + 1), extras)) return false;
    records.remove_prefix(length);
  }
  return true;
}

}  // namespace fruits::io
