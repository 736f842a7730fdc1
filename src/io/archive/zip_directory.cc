#include "io/archive/zip_directory.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "fruits/core/try.h"
#include "io/archive/forward_reader.h"
#include "io/archive/kind_of_data.h"

namespace fruits::io {
namespace {

constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kCommentBytesMax = 65535;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::string_view kEndSignature = "PK\x05\x06";
constexpr std::string_view kLocatorSignature = "PK\x06\x07";
constexpr std::string_view kEnd64Signature = "PK\x06\x06";

// The central directory's place in the file; `base`: bytes before the zip file proper, which offsets do not
// count.
struct Directory {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  std::uint64_t base = 0;
  std::uint64_t entries = 0;
};

struct EndRecord {
  std::uint64_t at = 0;  // of the first of the records behind the directory
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
  std::uint64_t entries = 0;
  bool one_of_several = false;
};

// The zip64 record, where there is one, in place of what the old one says.
Status ReadEnd64(BlockReader& reader, EndRecord& end) {
  if (end.at < kLocatorBytes + kEnd64Bytes) return {};
  std::array<std::byte, kLocatorBytes> locator;
  FRUITS_CHECK(reader.ReadAt(end.at - kLocatorBytes, locator));
  const ZipFields where(locator);
  if (!where.Is(kLocatorSignature)) return {};
  // Where it says, or, with bytes before the zip file, right before the locator.
  for (const std::uint64_t at : {where.U64(8), end.at - kLocatorBytes - kEnd64Bytes}) {
    if (at > end.at - kLocatorBytes - kEnd64Bytes) continue;
    std::array<std::byte, kEnd64Bytes> record;
    FRUITS_CHECK(reader.ReadAt(at, record));
    const ZipFields fields(record);
    if (!fields.Is(kEnd64Signature)) continue;
    end = {.at = at,
           .size = fields.U64(40),
           .offset = fields.U64(48),
           .entries = fields.U64(32),
           .one_of_several = fields.U32(16) != 0 || where.U32(16) > 1};
    return {};
  }
  return {};
}

Result<std::optional<Directory>> DirectoryAt(BlockReader& reader, std::uint64_t at, const ZipFields& fields,
                                             bool& one_of_several) {
  EndRecord end{.at = at,
                .size = fields.U32(12),
                .offset = fields.U32(16),
                .entries = fields.U16(10),
                .one_of_several = fields.U16(4) != 0 && fields.U16(4) != 0xFFFF};
  FRUITS_CHECK(ReadEnd64(reader, end));
  one_of_several = one_of_several || end.one_of_several;
  if (end.one_of_several || end.size > end.at || end.offset > end.at - end.size) return std::nullopt;
  Directory directory{.begin = end.at - end.size,
                      .size = end.size,
                      .base = end.at - end.size - end.offset,
                      .entries = end.entries};
  if (directory.size > 0) {
    std::array<std::byte, 4> signature;
    if (directory.size < kZipCentralBytes) return std::nullopt;
    FRUITS_CHECK(reader.ReadAt(directory.begin, signature));
    if (!ZipFields(signature).Is(kZipCentralSignature)) return std::nullopt;
  }
  return directory;
}

// The last end record that points to a directory; a comment behind it may look like anything.
Result<std::optional<Directory>> FindDirectory(const std::string& address, BlockReader& reader) {
  const std::uint64_t size = reader.size_bytes();
  std::vector<std::byte> tail(
      static_cast<std::size_t>(std::min<std::uint64_t>(size, kEndBytes + kCommentBytesMax)));
  const std::uint64_t begin = size - tail.size();
  FRUITS_CHECK(reader.ReadAt(begin, tail));
  bool one_of_several = false;
  for (std::size_t i = tail.size() + 1; i-- > kEndBytes;) {
    const std::span<const std::byte> record = std::span(tail).subspan(i - kEndBytes);
    const ZipFields fields(record);
    if (!fields.Is(kEndSignature) || fields.U16(20) > tail.size() - i) continue;
    FRUITS_TRY(auto directory, DirectoryAt(reader, begin + i - kEndBytes, fields, one_of_several));
    if (directory) return directory;
  }
  if (one_of_several) {
    return Fail(ErrorCode::kCorrupt, fmt::format("{} is one part of a zip file in several", address));
  }
  return std::nullopt;
}

// What must follow each member: the next header, or the directory.
void SetEnds(std::vector<MemberTable<ZipPlace>::Found>& found, std::uint64_t directory_begin) {
  std::vector<std::uint64_t> begins;
  begins.reserve(found.size());
  for (const auto& entry : found) begins.push_back(entry.place.header_offset);
  std::ranges::sort(begins);
  for (auto& entry : found) {
    const auto next = std::ranges::upper_bound(begins, entry.place.header_offset);
    entry.place.end = next == begins.end() ? directory_begin : std::min(*next, directory_begin);
  }
}

Status ReadDirectory(BlockReader& reader, const Directory& directory, std::int64_t mtime_ns,
                     ZipListing& listing) {
  PlainForward forward(reader, directory.begin);
  const std::uint64_t end = directory.begin + directory.size;
  std::array<std::byte, kZipCentralBytes> record;
  std::vector<std::byte> rest;
  std::uint64_t entries = 0;
  while (end - forward.position() >= kZipCentralBytes) {
    FRUITS_TRY(std::size_t count, forward.Read(record));
    const ZipFields fields(record);
    const std::size_t name_size = fields.U16(28);
    const std::size_t extra_size = fields.U16(30);
    const std::size_t comment_size = fields.U16(32);
    if (count < record.size() || !fields.Is(kZipCentralSignature) ||
        name_size + extra_size + comment_size > end - forward.position()) {
      break;
    }
    rest.resize(name_size + extra_size);
    FRUITS_TRY(count, forward.Read(rest));
    FRUITS_CHECK(forward.Skip(comment_size));
    ++entries;
    const std::string_view name(reinterpret_cast<const char*>(rest.data()), name_size);
    auto entry = ParseZipCentral(fields, name, std::span(rest).subspan(name_size));
    if (!entry) {
      AddProblem(listing.problem, "a member without its size is left out");
      continue;
    }
    // An offset that wraps around is beyond the end as well.
    entry->place.header_offset = entry->place.header_offset > reader.size_bytes()
                                     ? reader.size_bytes()
                                     : entry->place.header_offset + directory.base;
    if (!AddZipEntry(listing, name, *entry, mtime_ns)) return {};
  }
  // The old record counts modulo 65,536.
  if ((entries & 0xFFFF) != (directory.entries & 0xFFFF) || end != forward.position()) {
    AddProblem(listing.problem, fmt::format("its directory is damaged: {} members of {} are in it", entries,
                                            directory.entries));
  }
  return {};
}

}  // namespace

bool AddZipEntry(ZipListing& listing, std::string_view name, const ZipEntry& entry, std::int64_t mtime_ns) {
  if (!entry.regular) return true;
  if (listing.members.full()) {
    AddProblem(listing.problem, kTooManyMembers);
    return false;
  }
  const std::int64_t mtime = entry.mtime_ns > 0 ? entry.mtime_ns : mtime_ns;
  if (!listing.members.Add(name, entry.size_bytes, mtime, entry.place))
    AddProblem(listing.problem, "a member without a name is left out");
  return true;
}

Result<ZipListing> ListZip(const std::string& address, BlockReader& reader, std::int64_t mtime_ns) {
  ZipListing listing;
  FRUITS_TRY(const auto directory, FindDirectory(address, reader));
  if (directory) {
    FRUITS_CHECK(ReadDirectory(reader, *directory, mtime_ns, listing));
    SetEnds(listing.members.found(), directory->begin);
    return listing;
  }
  std::array<std::byte, kKindBytes> buffer{};
  const auto start = std::span(buffer).first(
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), reader.size_bytes())));
  FRUITS_CHECK(reader.ReadAt(0, start));
  if (!ZipFields(std::span(buffer).first(4)).Is(kZipLocalSignature)) {
    const std::string_view kind = KindOfData(start);
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{} is not a zip file: {}", address,
                            kind.empty() ? "it has neither a directory nor a first header"
                                         : fmt::format("it is {}", kind)));
  }
  FRUITS_CHECK(RecoverZip(reader, mtime_ns, listing));
  return listing;
}

}  // namespace fruits::io
