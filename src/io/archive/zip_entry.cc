#include "io/archive/zip_entry.h"

#include <chrono>

namespace fruits::io {
namespace {

constexpr std::uint32_t kElsewhere32 = 0xFFFFFFFF;  // the number is in the zip64 field
constexpr std::uint16_t kZip64Id = 0x0001;
constexpr std::uint16_t kTimestampId = 0x5455;
constexpr std::uint16_t kFlagEncrypted = 1 << 0;
constexpr std::uint16_t kFlagDescriptor = 1 << 3;
constexpr std::uint16_t kFlagStrongEncryption = 1 << 6;
constexpr std::uint16_t kFlagMaskedHeaders = 1 << 13;
constexpr int kMadeByUnix = 3;
constexpr std::uint32_t kFileTypeMask = 0170000;
constexpr std::uint32_t kRegularFile = 0100000;

std::span<const std::byte> FindExtra(std::span<const std::byte> extra, std::uint16_t id) {
  while (extra.size() >= 4) {
    const ZipFields fields(extra);
    const std::size_t size = fields.U16(2);
    if (size > extra.size() - 4) break;
    if (fields.U16(0) == id) return extra.subspan(4, size);
    extra = extra.subspan(4 + size);
  }
  return {};
}

// Has no zone: taken as UTC, so that it is the same everywhere.
std::int64_t DosTime(std::uint16_t date, std::uint16_t time) {
  using std::chrono::day, std::chrono::month, std::chrono::year;
  const std::chrono::year_month_day when(year(1980 + (date >> 9)), month(date >> 5 & 15U), day(date & 31U));
  if (!when.ok()) return 0;
  const auto moment = std::chrono::sys_days(when) + std::chrono::hours(time >> 11) +
                      std::chrono::minutes(time >> 5 & 63) + std::chrono::seconds(2 * (time & 31));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(moment.time_since_epoch()).count();
}

// Info-ZIP's extended timestamp: seconds of UTC.
std::int64_t Time(std::span<const std::byte> extra, std::uint16_t date, std::uint16_t time) {
  const auto stamp = FindExtra(extra, kTimestampId);
  if (stamp.size() >= 5 && (stamp[0] & std::byte{1}) != std::byte{0}) {
    return static_cast<std::int32_t>(ZipFields(stamp).U32(1)) * std::int64_t{1'000'000'000};
  }
  return DosTime(date, time);
}

// Takes from the zip64 field, in its order, the numbers that had no room in the record.
class Zip64 {
 public:
  explicit Zip64(std::span<const std::byte> extra) : field_(FindExtra(extra, kZip64Id)) {}
  bool Take(std::uint32_t short_form, std::uint64_t& number) {
    number = short_form;
    if (short_form != kElsewhere32) return true;
    if (field_.size() < 8) return false;
    number = ZipFields(field_).U64(0);
    field_ = field_.subspan(8);
    return true;
  }

 private:
  std::span<const std::byte> field_;
};

// What both records have, where it begins at `at`: flags, method, time, date, CRC, sizes.
bool ParseCommon(const ZipFields& record, std::size_t at, std::string_view name, Zip64& zip64,
                 ZipEntry& entry) {
  const std::uint16_t flags = record.U16(at);
  entry.place.method = record.U16(at + 2);
  entry.place.crc32 = record.U32(at + 8);
  entry.has_descriptor = (flags & kFlagDescriptor) != 0;
  if ((flags & (kFlagEncrypted | kFlagStrongEncryption | kFlagMaskedHeaders)) != 0) {
    entry.place.fault = ZipFault::kEncrypted;
  } else if (entry.place.method != kZipStored && entry.place.method != kZipDeflate) {
    entry.place.fault = ZipFault::kMethod;
  }
  entry.regular = !name.ends_with('/');
  return zip64.Take(record.U32(at + 16), entry.size_bytes) &&
         zip64.Take(record.U32(at + 12), entry.place.packed_bytes);
}

}  // namespace

std::optional<ZipEntry> ParseZipCentral(const ZipFields& record, std::string_view name,
                                        std::span<const std::byte> extra) {
  ZipEntry entry;
  Zip64 zip64(extra);
  if (!ParseCommon(record, 8, name, zip64, entry)) return std::nullopt;
  if (!zip64.Take(record.U32(42), entry.place.header_offset)) return std::nullopt;
  entry.mtime_ns = Time(extra, record.U16(14), record.U16(12));
  if (record.U16(4) >> 8 == kMadeByUnix) {
    const std::uint32_t type = record.U32(38) >> 16 & kFileTypeMask;
    if (type != 0 && type != kRegularFile) entry.regular = false;
  }
  return entry;
}

std::optional<ZipEntry> ParseZipLocal(const ZipFields& record, std::string_view name,
                                      std::span<const std::byte> extra) {
  ZipEntry entry;
  Zip64 zip64(extra);
  if (!ParseCommon(record, 6, name, zip64, entry)) return std::nullopt;
  entry.mtime_ns = Time(extra, record.U16(12), record.U16(10));
  return entry;
}

}  // namespace fruits::io
