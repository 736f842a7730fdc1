#include "pipeline/ledger.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/io/feature_part.h"
#include "fruits/io/uri.h"

namespace fruits {
namespace {

class StoredReader {
 public:
  StoredReader(Folder& folder, const LedgerOptions& options, Ledger& ledger, Stored& stored,
               std::stop_token stop)
      : folder_(folder), options_(options), ledger_(ledger), stored_(stored), stop_(std::move(stop)) {}

  Status Read() {
    ledger_ = {};
    FRUITS_TRY(const std::vector<std::string> names, ListFeatureParts(folder_));
    FRUITS_CHECK(RemoveOrphans(names));
    for (const std::string& name : names) {
      if (stop_.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while reading what is done");
      auto part = ReadFeaturePart(folder_, name, PartColumns::kRows);
      if (!part && part.error().code() == ErrorCode::kCorrupt) {
        FRUITS_CHECK(RemovePart(folder_, name));
        continue;
      }
      if (!part) return std::unexpected(part.error());
      FRUITS_CHECK(Take(name, *part));
    }
    stored_.rows.Seal();
    stored_.contents.Seal();
    return {};
  }

 private:
  Status RemoveOrphans(const std::vector<std::string>& parts) {
    for (const std::string_view folder : {"rejected/", "thumbs/"}) {
      FRUITS_TRY(const std::vector<std::string> files, folder_.List(folder));
      for (const std::string& file : files) {
        if (std::ranges::find(parts, file.substr(folder.size())) == parts.end())
          FRUITS_CHECK(folder_.Remove(file));
      }
    }
    return {};
  }

  Status Take(const std::string& name, const FeaturePart& part) {
    if (part.fingerprint != options_.fingerprint ||
        (ledger_.dimension != 0 && part.dimension != ledger_.dimension)) {
      return Fail(ErrorCode::kFailedPrecondition,
                  folder_.Address("features/" + name) +
                      ": its features have another fingerprint than this run; use another "
                      "--output, or --overwrite");
    }
    const auto number = static_cast<std::uint32_t>(ledger_.parts.size());
    ledger_.parts.push_back(name);
    ledger_.part_rows.push_back(static_cast<std::uint32_t>(part.rows.size() + part.rejected.size()));
    ledger_.dimension = part.dimension;
    for (std::uint32_t i = 0; i < part.rows.size(); ++i) {
      const PhotoRow& row = part.rows[i];
      const auto pixels = static_cast<std::uint64_t>(row.width) * static_cast<std::uint64_t>(row.height);
      const bool allowed = options_.max_pixels == 0 || pixels <= options_.max_pixels;
      const RowPlace place{.part = number, .row = i & 0x7FFFFFFF, .rejected = 0};
      FRUITS_CHECK(Add(row.path, {row.size_bytes, row.mtime_ns, row.etag}, allowed, place));
      if (allowed) stored_.contents.AddStored(row.content_sha256, place);
    }
    for (std::uint32_t i = 0; i < part.rejected.size(); ++i) {
      const RejectedRow& row = part.rejected[i];
      const bool settled = row.stage != "read" && !options_.retry_rejected;
      FRUITS_CHECK(Add(row.path, {row.size_bytes, row.mtime_ns, row.etag}, settled,
                       {.part = number, .row = i & 0x7FFFFFFF, .rejected = 1}));
    }
    return {};
  }

  Status Add(const std::string& path, const FileFacts& facts, bool done, RowPlace place) {
    FRUITS_TRY(const Uri uri, ParseUri(path, "/"));
    if (done)
      stored_.rows.Add(uri.RawPath(), facts, place);
    else
      stored_.rows.AddStale(uri.RawPath());
    return {};
  }

  Folder& folder_;
  const LedgerOptions& options_;
  Ledger& ledger_;
  Stored& stored_;
  const std::stop_token stop_;
};

// For one part: which of its rows live, and their catalog rows.
struct LiveRows {
  std::vector<std::uint32_t> good;  // catalog rows, in the part's order; kDead where dead
  std::vector<std::uint32_t> rejected;
};
constexpr std::uint32_t kDead = 0xFFFFFFFF;

LiveRows LiveRowsOf(const Ledger& ledger, std::uint32_t number, const FeaturePart& part) {
  LiveRows live{std::vector<std::uint32_t>(part.rows.size(), kDead),
                std::vector<std::uint32_t>(part.rejected.size(), kDead)};
  for (std::size_t row = 0; row < ledger.places.size(); ++row) {
    const RowPlace place = ledger.places[row];
    if (place.part != number) continue;
    (place.rejected ? live.rejected : live.good)[place.row] = static_cast<std::uint32_t>(row);
  }
  return live;
}

FeaturePart WithoutDeadRows(const FeaturePart& part, std::uint32_t number, const LiveRows& live,
                            Ledger& ledger) {
  FeaturePart kept{.fingerprint = part.fingerprint,
                   .dimension = part.dimension,
                   .rows = {},
                   .features = {},
                   .thumbnails = {},
                   .rejected = {}};
  for (std::size_t i = 0; i < part.rows.size(); ++i) {
    if (live.good[i] == kDead) continue;
    ledger.places[live.good[i]] = {
        .part = number, .row = static_cast<std::uint32_t>(kept.rows.size()) & 0x7FFFFFFF, .rejected = 0};
    kept.rows.push_back(part.rows[i]);
    const auto features = part.features.begin() + static_cast<std::ptrdiff_t>(i * part.dimension);
    kept.features.insert(kept.features.end(), features,
                         features + static_cast<std::ptrdiff_t>(part.dimension));
    if (!part.thumbnails.empty()) kept.thumbnails.push_back(part.thumbnails[i]);
  }
  for (std::size_t i = 0; i < part.rejected.size(); ++i) {
    if (live.rejected[i] == kDead) continue;
    ledger.places[live.rejected[i]] = {
        .part = number, .row = static_cast<std::uint32_t>(kept.rejected.size()) & 0x7FFFFFFF, .rejected = 1};
    kept.rejected.push_back(part.rejected[i]);
  }
  return kept;
}

}  // namespace

Status ReadStored(Folder& folder, const LedgerOptions& options, Ledger& ledger, Stored& stored,
                  std::stop_token stop) {
  return StoredReader(folder, options, ledger, stored, std::move(stop)).Read();
}

Status RemovePart(Folder& folder, const std::string& name) {
  // The features first: without them the part does not exist.
  for (const char* sub : {"features/", "rejected/", "thumbs/"}) FRUITS_CHECK(folder.Remove(sub + name));
  return {};
}

Result<std::optional<std::string>> SweepDeadRows(Folder& folder, Ledger& ledger, WrittenFiles& files) {
  for (const std::uint32_t number : std::exchange(ledger.dead_parts, {})) {
    const std::string& name = ledger.parts[number];
    if (std::ranges::none_of(ledger.places, [&](const RowPlace& place) { return place.part == number; })) {
      FRUITS_CHECK(RemovePart(folder, name));
      continue;
    }
    const auto part = ReadFeaturePart(folder, name, PartColumns::kAll);
    if (!part && part.error().code() == ErrorCode::kCorrupt) return name;
    if (!part) return std::unexpected(part.error());
    FRUITS_TRY(WrittenFiles written,
               WriteFeaturePart(folder, name,
                                WithoutDeadRows(*part, number, LiveRowsOf(ledger, number, *part), ledger)));
    for (auto& [file, facts] : written) files[file] = std::move(facts);
  }
  return std::nullopt;
}

}  // namespace fruits
