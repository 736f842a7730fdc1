// The records of a zip file (PKWARE's APPNOTE.TXT 6.3.10,
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). Threads: any. Memory: fixed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fruits::io {

enum class ZipFault : std::uint8_t { kNone, kCut, kEncrypted, kMethod };

// Where a member lies. `end`: where the next thing in the file begins, which its data must not reach into.
struct ZipPlace {
  std::uint64_t header_offset = 0;
  std::uint64_t packed_bytes = 0;
  std::uint64_t end = 0;
  std::uint32_t crc32 = 0;
  std::uint16_t method = 0;
  ZipFault fault = ZipFault::kNone;
};

inline constexpr std::uint16_t kZipStored = 0;
inline constexpr std::uint16_t kZipDeflate = 8;
inline constexpr std::size_t kZipLocalBytes = 30;
inline constexpr std::size_t kZipCentralBytes = 46;
inline constexpr std::string_view kZipLocalSignature = "PK\x03\x04";
inline constexpr std::string_view kZipCentralSignature = "PK\x01\x02";

// Little-endian numbers of a record.
class ZipFields {
 public:
  explicit ZipFields(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint16_t U16(std::size_t at) const { return static_cast<std::uint16_t>(Number(at, 2)); }
  std::uint32_t U32(std::size_t at) const { return static_cast<std::uint32_t>(Number(at, 4)); }
  std::uint64_t U64(std::size_t at) const { return Number(at, 8); }
  bool Is(std::string_view signature) const {
    return std::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size())
        .starts_with(signature);
  }

 private:
  std::uint64_t Number(std::size_t at, std::size_t count) const {
    std::uint64_t value = 0;
    for (std::size_t i = count; i > 0; --i)
      value = value << 8 | std::to_integer<std::uint64_t>(bytes_[at + i - 1]);
    return value;
  }
  std::span<const std::byte> bytes_;
};

struct ZipEntry {
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;  // 0: none
  bool regular = true;        // a folder or symbolic link is not
  bool has_descriptor = false;
  ZipPlace place;
};

// A central or local record with its name and extra fields. None: the sizes it points to are missing.
std::optional<ZipEntry> ParseZipCentral(const ZipFields& record, std::string_view name,
                                        std::span<const std::byte> extra);
std::optional<ZipEntry> ParseZipLocal(const ZipFields& record, std::string_view name,
                                      std::span<const std::byte> extra);

}  // namespace fruits::io
