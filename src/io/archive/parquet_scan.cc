#include "io/archive/parquet_scan.h"

#include <fmt/core.h>

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "fruits/core/try.h"
#include "io/archive/block_reader.h"

namespace fruits::io {
namespace {

using namespace std::string_view_literals;

// What the first bytes of the formats that are decoded look like; "" for others.
std::string_view Ending(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return ".jpg";
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return ".png";
  if (bytes.starts_with("RIFF") && bytes.substr(std::min<std::size_t>(8, bytes.size())).starts_with("WEBP"))
    return ".webp";
  return "";
}

int FindFirst(const ByteColumns& columns, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (const int leaf = columns.FindLeaf(std::string(name)); leaf >= 0) return leaf;
  }
  return -1;
}

class Scan {
 public:
  Scan(const ByteColumns& columns, std::int64_t mtime_ns, int path_leaf, ParquetListing& listing)
      : columns_(columns), mtime_ns_(mtime_ns), path_leaf_(path_leaf), listing_(listing) {}

  Status Group(int group) {
    FRUITS_CHECK(BeginPaths(group));
    auto bytes = columns_.Begin(group, listing_.bytes_leaf);
    chunk_ = {.row_group = group};
    const std::int64_t rows = columns_.rows(group);
    for (std::int64_t row = 0; row < rows && !listing_.members.full(); ++row) {
      std::optional<std::string_view> value;
      const auto more = bytes ? bytes->Next(value) : Result<bool>(std::unexpected(bytes.error()));
      if (!more && more.error().code() != ErrorCode::kCorrupt) return std::unexpected(more.error());
      if (!more || !*more) {
        AddProblem(listing_.problem, more ? fmt::format("row group {} has fewer rows than it says", group)
                                          : more.error().message());
        FRUITS_CHECK(Rest(rows - row));
        break;
      }
      FRUITS_CHECK(Row(value));
    }
    EndChunk();
    return {};
  }

 private:
  Status BeginPaths(int group) {
    paths_.reset();
    if (path_leaf_ < 0) return {};
    auto paths = columns_.Begin(group, path_leaf_);
    if (paths) {
      paths_ = std::move(*paths);
    } else if (paths.error().code() == ErrorCode::kCorrupt) {
      AddProblem(listing_.problem, paths.error().message());
    } else {
      return std::unexpected(paths.error());
    }
    return {};
  }

  Result<std::optional<std::string>> Path() {
    std::optional<std::string_view> path;
    if (paths_) {
      const auto more = paths_->Next(path);
      if (!more && more.error().code() != ErrorCode::kCorrupt) return std::unexpected(more.error());
      if (!more) AddProblem(listing_.problem, more.error().message());
      if (!more || !*more) {
        paths_.reset();
        return std::nullopt;
      }
    }
    if (!path || CleanMemberName(*path).empty()) return std::nullopt;
    return std::string(*path);
  }

  Status Row(std::optional<std::string_view> value) {
    const std::uint64_t size = value ? value->size() : 0;
    if (chunk_.rows > 0 && chunk_.size_bytes + size > kBlockBytes) EndChunk();
    const ParquetPlace place{
        chunk_.size_bytes, value ? static_cast<std::uint32_t>(listing_.chunks.size()) : ParquetPlace::kNull};
    chunk_.size_bytes += size;
    ++chunk_.rows;
    return Add(size, place, value ? Ending(*value) : "");
  }

  Status Add(std::uint64_t size, const ParquetPlace& place, std::string_view ending) {
    FRUITS_TRY(const auto path, Path());
    const std::string name = path ? *path : fmt::format("row-{:06}{}", row_, ending);
    ++row_;
    listing_.members.Add(name, size, mtime_ns_, place);
    return {};
  }

  // Rows that the column of bytes does not give: members as far as their names are known.
  Status Rest(std::int64_t rows) {
    for (std::int64_t i = 0; i < rows && paths_ && !listing_.members.full(); ++i) {
      FRUITS_TRY(const auto path, Path());
      if (path) listing_.members.Add(*path, 0, mtime_ns_, {});
    }
    row_ += rows;
    return {};
  }

  void EndChunk() {
    if (chunk_.rows > 0) listing_.chunks.push_back(chunk_);
    chunk_ = {.row_group = chunk_.row_group, .first_row = chunk_.first_row + chunk_.rows};
  }

  const ByteColumns& columns_;
  const std::int64_t mtime_ns_;
  const int path_leaf_;
  ParquetListing& listing_;
  std::optional<ByteCursor> paths_;
  ParquetChunk chunk_;
  std::int64_t row_ = 0;
};

}  // namespace

Result<ParquetListing> ListParquet(const std::string& address, const ByteColumns& columns,
                                   std::int64_t mtime_ns) {
  constexpr std::array kBytes{"bytes"sv, "content"sv, "data"sv, "image"sv};
  constexpr std::array kPaths{"path"sv, "file_name"sv, "filename"sv};
  ParquetListing listing;
  listing.bytes_leaf = columns.FindLeaf("image.bytes");
  int path_leaf = columns.FindLeaf("image.path");
  if (listing.bytes_leaf < 0) {
    listing.bytes_leaf = FindFirst(columns, kBytes);
    path_leaf = -1;
  }
  if (path_leaf < 0) path_leaf = FindFirst(columns, kPaths);
  if (listing.bytes_leaf < 0) {
    return Fail(
        ErrorCode::kCorrupt,
        fmt::format("{} holds no photos: a column bytes, content, data or image of bytes was expected, or a "
                    "struct image with bytes",
                    address));
  }
  Scan scan(columns, mtime_ns, path_leaf, listing);
  for (int group = 0; group < columns.row_groups() && !listing.members.full(); ++group) {
    FRUITS_CHECK(scan.Group(group));
  }
  if (listing.members.full()) AddProblem(listing.problem, kTooManyMembers);
  return listing;
}

}  // namespace fruits::io
