#include "io/archive/parquet_archive.h"

#include <fmt/core.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <utility>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "io/archive/block_reader.h"
#include "io/archive/parquet_scan.h"

namespace fruits::io {
namespace {

constexpr std::size_t kCursorsKept = 2;

class ParquetArchive final : public Archive {
 public:
  ParquetArchive(std::string address, std::unique_ptr<BlockReader> reader,
                 std::unique_ptr<ByteColumns> columns, ParquetListing listing)
      : address_(std::move(address)),
        reader_(std::move(reader)),
        columns_(std::move(columns)),
        listing_(std::move(listing)),
        cache_(kBlocksKept, [this](std::uint64_t chunk, std::vector<std::byte>& bytes) {
          return Fetch(listing_.chunks[static_cast<std::size_t>(chunk)], bytes);
        }) {
    listing_.members.Finish();
  }

  const std::vector<ArchiveMember>& members() const override { return listing_.members.members(); }

  Status Read(std::size_t number, std::vector<std::byte>& body, std::uint64_t max_bytes) override {
    body.clear();
    const ArchiveMember& member = members()[number];
    const ParquetPlace& place = listing_.members.place(number);
    if (place.chunk == ParquetPlace::kNull) return BadMember(address_, member, "its row has no bytes (null)");
    if (place.chunk == ParquetPlace::kDamaged) return BadMember(address_, member, "its row group is damaged");
    FRUITS_CHECK(CheckSize(address_, member, max_bytes));
    return Guard([&]() -> Status {
      FRUITS_TRY(const BlockCache::Pin pin, cache_.Get(place.chunk));
      const auto bytes = pin.bytes().subspan(static_cast<std::size_t>(place.offset),
                                             static_cast<std::size_t>(member.size_bytes));
      body.assign(bytes.begin(), bytes.end());
      return {};
    });
  }

 private:
  struct Idle {
    int row_group;
    ByteCursor cursor;
  };

  // One that stands nearest before the chunk, so that reading in order skips nothing; else a new one.
  Result<ByteCursor> TakeCursor(const ParquetChunk& chunk) {
    {
      const std::lock_guard lock(mutex_);
      auto best = idle_.end();
      for (auto it = idle_.begin(); it != idle_.end(); ++it) {
        if (it->row_group == chunk.row_group && it->cursor.row() <= chunk.first_row &&
            (best == idle_.end() || it->cursor.row() > best->cursor.row())) {
          best = it;
        }
      }
      if (best != idle_.end()) {
        ByteCursor cursor = std::move(best->cursor);
        idle_.erase(best);
        return cursor;
      }
    }
    return columns_->Begin(chunk.row_group, listing_.bytes_leaf);
  }

  void GiveBack(int row_group, ByteCursor cursor) {
    const std::lock_guard lock(mutex_);
    idle_.push_front({row_group, std::move(cursor)});
    if (idle_.size() > kCursorsKept) idle_.pop_back();
  }

  Status Fetch(const ParquetChunk& chunk, std::vector<std::byte>& bytes) {
    FRUITS_TRY(ByteCursor cursor, TakeCursor(chunk));
    if (cursor.row() < chunk.first_row) FRUITS_CHECK(cursor.Skip(chunk.first_row - cursor.row()));
    bytes.clear();
    bytes.reserve(static_cast<std::size_t>(chunk.size_bytes));
    for (std::int64_t row = 0; row < chunk.rows; ++row) {
      std::optional<std::string_view> value;
      FRUITS_TRY(const bool more, cursor.Next(value));
      if (!more || (value && value->size() > chunk.size_bytes - bytes.size())) break;
      if (value)
        bytes.insert(bytes.end(), reinterpret_cast<const std::byte*>(value->data()),
                     reinterpret_cast<const std::byte*>(value->data()) + value->size());
    }
    if (bytes.size() != chunk.size_bytes) {
      return Fail(ErrorCode::kCorrupt,
                  fmt::format("{}: row group {} is not what it was when the archive was opened", address_,
                              chunk.row_group));
    }
    GiveBack(chunk.row_group, std::move(cursor));
    return {};
  }

  const std::string address_;
  const std::unique_ptr<BlockReader> reader_;
  const std::unique_ptr<ByteColumns> columns_;
  ParquetListing listing_;
  BlockCache cache_;
  std::mutex mutex_;
  std::list<Idle> idle_;
};

}  // namespace

Result<std::unique_ptr<Archive>> OpenParquetOfBytes(ArchiveSource source, std::string& problem) {
  auto reader = std::make_unique<BlockReader>(source.address, std::move(source.reader), source.stop);
  FRUITS_TRY(auto columns, ByteColumns::Open(source.address, *reader));
  FRUITS_TRY(ParquetListing listing, ListParquet(source.address, *columns, source.mtime_ns));
  problem = std::move(listing.problem);
  return std::make_unique<ParquetArchive>(std::move(source.address), std::move(reader), std::move(columns),
                                          std::move(listing));
}

}  // namespace fruits::io
