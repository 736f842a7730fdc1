#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "fruits/core/try.h"
#include "io/archive/forward_reader.h"
#include "io/archive/inflate.h"
#include "io/archive/zip_directory.h"

namespace fruits::io {
namespace {

constexpr std::size_t kPieceBytes = 64 << 10;
constexpr std::string_view kDescriptorSignature = "PK\x07\x08";

// Unpacks from `begin` to the end of the deflate stream and writes down what it finds. False: no end.
Result<bool> Measure(BlockReader& reader, std::uint64_t begin, ZipEntry& entry) {
  FRUITS_TRY(InflateStream stream, InflateStream::Make(kRawDeflate));
  std::vector<std::byte> input(kPieceBytes);
  std::vector<std::byte> output(kPieceBytes);
  PlainForward forward(reader, begin);
  uLong crc = crc32(0, nullptr, 0);
  std::uint64_t size = 0;
  for (;;) {
    if (stream->avail_in == 0) {
      FRUITS_TRY(const std::size_t count, forward.Read(input));
      stream.SetInput(std::span(input).first(count));
      if (count == 0) return false;
    }
    stream.SetOutput(output);
    const int code = inflate(stream.get(), Z_NO_FLUSH);
    const std::size_t made = output.size() - stream->avail_out;
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(output.data()), made);
    size += made;
    if (code == Z_STREAM_END) break;
    if (code != Z_OK && code != Z_BUF_ERROR) return false;
  }
  entry.place.packed_bytes = forward.position() - stream->avail_in - begin;
  entry.place.crc32 = static_cast<std::uint32_t>(crc);
  entry.size_bytes = size;
  return true;
}

// Behind a member of unknown length: [signature] CRC, packed and plain size, each of 4 or 8 bytes. None: it
// disagrees with what was measured.
Result<std::optional<std::uint64_t>> DescriptorBytes(BlockReader& reader, std::uint64_t begin,
                                                     const ZipEntry& entry) {
  std::array<std::byte, 24> bytes{};
  PlainForward forward(reader, begin);
  FRUITS_CHECK(forward.Read(bytes));
  const ZipFields fields(bytes);
  const std::size_t skip = fields.Is(kDescriptorSignature) ? 4 : 0;
  if (fields.U32(skip) != entry.place.crc32) return std::nullopt;
  if (fields.U32(skip + 4) == entry.place.packed_bytes && fields.U32(skip + 8) == entry.size_bytes)
    return skip + 12;
  if (fields.U64(skip + 4) == entry.place.packed_bytes && fields.U64(skip + 12) == entry.size_bytes)
    return skip + 20;
  return std::nullopt;
}

// The place behind the member; none: it cannot be known, or the file ends before.
Result<std::optional<std::uint64_t>> FindEnd(BlockReader& reader, std::uint64_t data, ZipEntry& entry) {
  std::uint64_t descriptor = 0;
  if (entry.has_descriptor && entry.place.packed_bytes == 0) {
    if (entry.place.method != kZipDeflate || entry.place.fault != ZipFault::kNone) return std::nullopt;
    FRUITS_TRY(const bool measured, Measure(reader, data, entry));
    if (!measured) return std::nullopt;
  }
  const std::uint64_t size = reader.size_bytes();
  if (data > size || entry.place.packed_bytes > size - data) return std::nullopt;
  if (entry.has_descriptor) {
    FRUITS_TRY(const auto bytes, DescriptorBytes(reader, data + entry.place.packed_bytes, entry));
    // The next header is then looked for where the data ends.
    descriptor = bytes.value_or(0);
  }
  return std::min(size, data + entry.place.packed_bytes + descriptor);
}

}  // namespace

Status RecoverZip(BlockReader& reader, std::int64_t mtime_ns, ZipListing& listing) {
  std::uint64_t at = 0;
  std::array<std::byte, kZipLocalBytes> record;
  std::vector<std::byte> rest;
  while (reader.size_bytes() - at >= record.size()) {
    FRUITS_CHECK(reader.ReadAt(at, record));
    const ZipFields fields(record);
    const std::size_t name_size = fields.U16(26);
    rest.resize(name_size + fields.U16(28));
    const std::uint64_t data = at + record.size() + rest.size();
    if (!fields.Is(kZipLocalSignature) || data > reader.size_bytes()) break;
    FRUITS_CHECK(reader.ReadAt(at + record.size(), rest));
    const std::string_view name(reinterpret_cast<const char*>(rest.data()), name_size);
    auto entry = ParseZipLocal(fields, name, std::span(rest).subspan(name_size));
    if (!entry) break;
    FRUITS_TRY(const auto end, FindEnd(reader, data, *entry));
    entry->place.header_offset = at;
    entry->place.end = end.value_or(reader.size_bytes());
    if (!end) entry->place.fault = ZipFault::kCut;
    if (!AddZipEntry(listing, name, *entry, mtime_ns) || !end) break;
    at = *end;
  }
  AddProblem(listing.problem, fmt::format("its directory is missing: members up to byte {} were found", at));
  return {};
}

}  // namespace fruits::io
