#include "io/archive/zip_archive.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "io/archive/block_reader.h"
#include "io/archive/forward_reader.h"
#include "io/archive/inflate.h"
#include "io/archive/zip_directory.h"

namespace fruits::io {
namespace {

constexpr std::uint64_t kPieceBytes = 256 << 10;
constexpr std::uint64_t kDeflateRatioMax = 1032;  // a symbol of 258 bytes costs 2 bits

class ZipArchive final : public Archive {
 public:
  ZipArchive(std::string address, std::unique_ptr<BlockReader> reader, MemberTable<ZipPlace> members)
      : address_(std::move(address)), reader_(std::move(reader)), members_(std::move(members)) {
    members_.Finish();
  }

  const std::vector<ArchiveMember>& members() const override { return members_.members(); }

  Status Read(std::size_t number, std::vector<std::byte>& body, std::uint64_t max_bytes) override {
    body.clear();
    Status read = Guard([&] { return ReadMember(number, body, max_bytes); });
    if (!read) body.clear();
    return read;
  }

 private:
  std::unexpected<Error> Bad(const ArchiveMember& member, std::string_view why) const {
    return BadMember(address_, member, why);
  }

  Status CheckFault(const ArchiveMember& member, const ZipPlace& place) const {
    switch (place.fault) {
      case ZipFault::kNone:
        return {};
      case ZipFault::kCut:
        return Bad(member, "its end is missing in the archive");
      case ZipFault::kEncrypted:
        return Bad(member, "it is encrypted");
      case ZipFault::kMethod:
        return Bad(member, fmt::format("compression method {}; only stored (0) and deflate (8) are read",
                                       place.method));
    }
    return {};
  }

  Status ReadMember(std::size_t number, std::vector<std::byte>& body, std::uint64_t max_bytes) {
    const ArchiveMember& member = members_.members()[number];
    const ZipPlace& place = members_.place(number);
    FRUITS_CHECK(CheckFault(member, place));
    FRUITS_CHECK(CheckSize(address_, member, max_bytes));
    FRUITS_TRY(const std::uint64_t data, FindData(member, place));
    if (place.method == kZipDeflate) {
      FRUITS_CHECK(Unpack(member, place, data, body));
    } else {
      if (place.packed_bytes != member.size_bytes) return Bad(member, "its two sizes differ");
      body.resize(static_cast<std::size_t>(member.size_bytes));
      FRUITS_CHECK(reader_->ReadAt(data, body));
    }
    if (crc32_z(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(body.data()), body.size()) !=
        place.crc32)
      return Bad(member, "its checksum is wrong");
    return {};
  }

  // Behind the header, whose name and extra fields may be longer than the directory's.
  Result<std::uint64_t> FindData(const ArchiveMember& member, const ZipPlace& place) {
    const std::uint64_t size = reader_->size_bytes();
    if (size < kZipLocalBytes || place.header_offset > size - kZipLocalBytes)
      return Bad(member, "it lies beyond the archive's end");
    std::array<std::byte, kZipLocalBytes> header;
    FRUITS_CHECK(reader_->ReadAt(place.header_offset, header));
    const ZipFields fields(header);
    if (!fields.Is(kZipLocalSignature)) return Bad(member, "its header is damaged");
    const std::uint64_t data = place.header_offset + kZipLocalBytes + fields.U16(26) + fields.U16(28);
    if (data > place.end || place.packed_bytes > place.end - data)
      return Bad(member, "it overlaps the next member, or reaches beyond the archive's end");
    return data;
  }

  // Memory follows what really comes out, not what the archive claims.
  Status Unpack(const ArchiveMember& member, const ZipPlace& place, std::uint64_t data,
                std::vector<std::byte>& body) {
    if (member.size_bytes / kDeflateRatioMax > place.packed_bytes)
      return Bad(member, fmt::format("{} bytes cannot come from {}", member.size_bytes, place.packed_bytes));
    FRUITS_TRY(InflateStream stream, InflateStream::Make(kRawDeflate));
    std::vector<std::byte> input(static_cast<std::size_t>(std::min(place.packed_bytes, kPieceBytes)));
    std::uint64_t left = place.packed_bytes;
    std::size_t made = 0;
    for (;;) {
      if (stream->avail_in == 0 && left > 0) {
        const auto piece =
            std::span(input).first(static_cast<std::size_t>(std::min<std::uint64_t>(left, input.size())));
        FRUITS_CHECK(reader_->ReadAt(data + place.packed_bytes - left, piece));
        left -= piece.size();
        stream.SetInput(piece);
      }
      if (made == body.size()) {
        // One byte more than claimed shows that there is more.
        const std::uint64_t grown = std::max<std::uint64_t>({2 * made, 4 * place.packed_bytes, 4096});
        body.resize(static_cast<std::size_t>(std::min({grown, made + kBlockBytes, member.size_bytes + 1})));
      }
      stream.SetOutput(std::span(body).subspan(made));
      const int code = inflate(stream.get(), Z_NO_FLUSH);
      made = body.size() - stream->avail_out;
      if (made > member.size_bytes) return Bad(member, "more comes out than its size");
      if (code == Z_STREAM_END) break;
      if (code == Z_MEM_ERROR) return Fail(ErrorCode::kResourceExhausted, "not enough memory to decompress");
      if (code != Z_OK && code != Z_BUF_ERROR) return Bad(member, "its compressed data is damaged");
      if (left == 0 && stream->avail_in == 0 && stream->avail_out > 0)
        return Bad(member, "its compressed data is cut short");
    }
    body.resize(made);
    if (made != member.size_bytes)
      return Bad(member, fmt::format("{} bytes came out of {}", made, member.size_bytes));
    return {};
  }

  const std::string address_;
  const std::unique_ptr<BlockReader> reader_;
  MemberTable<ZipPlace> members_;
};

}  // namespace

Result<std::unique_ptr<Archive>> OpenZip(ArchiveSource source, std::string& problem) {
  auto reader = std::make_unique<BlockReader>(source.address, std::move(source.reader), source.stop);
  FRUITS_TRY(ZipListing listing, ListZip(source.address, *reader, source.mtime_ns));
  problem = std::move(listing.problem);
  return std::make_unique<ZipArchive>(std::move(source.address), std::move(reader),
                                      std::move(listing.members));
}

}  // namespace fruits::io
