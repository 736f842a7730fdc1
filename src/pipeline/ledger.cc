#include "pipeline/ledger.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/io/feature_part.h"
#include "fruits/io/uri.h"
#include "pipeline/parts_ahead.h"

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
    PartsAhead parts(folder_, names, PartColumns::kRows,
                     [this](const auto& name, const FeaturePart& part) { return CheckAsNamed(name, part); });
    for (const std::string& name : names) {
      if (stop_.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while reading what is done");
      auto part = parts.Next();
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

  // Whether its files are those that run.json names: nothing else in a run reads kept thumbnails, and a
  // reader of Parquet lets some bytes of a footer pass. In a bucket the features would be one more large
  // request.
  Status CheckAsNamed(const std::string& name, const FeaturePart& part) const {
    if (part.fingerprint != options_.fingerprint) return {};  // not ours to remove
    for (const std::string_view sub : {"thumbs/", "rejected/", "features/"}) {
      const auto named = options_.named.find(std::string(sub) + name);
      if (named == options_.named.end() || (sub == "features/" && !folder_.uri().is_local())) continue;
      const auto digest = folder_.Digest(named->first);
      if (!digest && digest.error().code() != ErrorCode::kNotFound) return std::unexpected(digest.error());
      if (!digest || digest->sha256 != named->second.sha256) {
        return Fail(ErrorCode::kCorrupt, folder_.Address(named->first) + " is not what run.json names");
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
    const std::string raw = uri.RawPath();
    if (done)
      stored_.rows.Add(raw, facts, place);
    else
      stored_.rows.AddStale(raw);
    if (raw > ledger_.last_path) ledger_.last_path = raw;
    return {};
  }

  Folder& folder_;
  const LedgerOptions& options_;
  Ledger& ledger_;
  Stored& stored_;
  const std::stop_token stop_;
};

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

}  // namespace fruits
