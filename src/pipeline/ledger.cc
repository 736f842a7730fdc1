#include "pipeline/ledger.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/io/feature_part.h"
#include "fruits/io/uri.h"

namespace fruits {
namespace {

// Finds catalog rows by raw path; asked in order, as parts are, it looks at the next row first.
class CatalogFinder {
 public:
  explicit CatalogFinder(const Catalog& catalog) : catalog_(catalog) {}

  std::optional<std::size_t> Find(const std::string& raw) {
    if (next_ < catalog_.size() && catalog_.RawPath(next_) == raw) return next_++;
    std::size_t low = 0;
    std::size_t high = catalog_.size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (catalog_.RawPath(middle) < raw) low = middle + 1;
      else high = middle;
    }
    if (low == catalog_.size() || catalog_.RawPath(low) != raw) return std::nullopt;
    next_ = low + 1;
    return low;
  }

 private:
  const Catalog& catalog_;
  std::size_t next_ = 0;
};

class LedgerReader {
 public:
  LedgerReader(Folder& folder, const Catalog& catalog, const std::string& fingerprint)
      : folder_(folder), catalog_(catalog), fingerprint_(fingerprint), finder_(catalog) {}

  Result<Ledger> Read() {
    ledger_.places.resize(catalog_.size());
    FRUITS_TRY(const std::vector<std::string> names, ListFeatureParts(folder_));
    for (const std::string& name : names) {
      auto part = ReadFeaturePart(folder_, name, PartColumns::kRows);
      if (!part && part.error().code() == ErrorCode::kCorrupt) {
        FRUITS_CHECK(RemovePart(folder_, name));
        continue;
      }
      if (!part) return std::unexpected(part.error());
      FRUITS_CHECK(Take(name, *part));
    }
    for (std::size_t row = 0; row < ledger_.places.size(); ++row) {
      if (ledger_.places[row].known()) ++ledger_.kept;
      else ledger_.work.push_back(static_cast<std::uint32_t>(row));
    }
    return std::move(ledger_);
  }

 private:
  Status Take(const std::string& name, const FeaturePart& part) {
    if (part.fingerprint != fingerprint_) {
      return Fail(ErrorCode::kFailedPrecondition, folder_.Address("features/" + name) +
                                                      ": its features have another fingerprint than this run; use another "
                                                      "--output, or --overwrite");
    }
    const auto number = static_cast<std::uint32_t>(ledger_.parts.size());
    ledger_.parts.push_back(name);
    ledger_.dimension = part.dimension;
    std::size_t dead = 0;
    for (std::uint32_t i = 0; i < part.rows.size(); ++i) {
      const PhotoRow& row = part.rows[i];
      FRUITS_TRY(const bool taken, TakeRow(row.path, row.size_bytes, row.mtime_ns,
                                           {.part = number, .row = i & 0x7FFFFFFF, .rejected = 0}));
      dead += !taken;
    }
    for (std::uint32_t i = 0; i < part.rejected.size(); ++i) {
      const RejectedRow& row = part.rejected[i];
      FRUITS_TRY(const bool taken, TakeRow(row.path, row.size_bytes, row.mtime_ns,
                                           {.part = number, .row = i & 0x7FFFFFFF, .rejected = 1}));
      dead += !taken;
    }
    ledger_.dead += dead;
    if (dead > 0) ledger_.dead_parts.push_back(number);
    return {};
  }

  // False: the row is dead.
  Result<bool> TakeRow(const std::string& path, std::uint64_t size_bytes, std::int64_t mtime_ns, RowPlace place) {
    FRUITS_TRY(const Uri uri, ParseUri(path, "/"));
    const auto row = finder_.Find(uri.raw);
    if (!row || catalog_.size_bytes(*row) != size_bytes || catalog_.mtime_ns(*row) != mtime_ns) return false;
    if (ledger_.places[*row].known()) return false;
    ledger_.places[*row] = place;
    return true;
  }

  Folder& folder_;
  const Catalog& catalog_;
  const std::string& fingerprint_;
  CatalogFinder finder_;
  Ledger ledger_;
};

// For one part: which of its rows live, and their catalog rows.
struct LiveRows {
  std::vector<std::uint32_t> good;      // catalog rows, in the part's order; kDead where dead
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

FeaturePart WithoutDeadRows(const FeaturePart& part, std::uint32_t number, const LiveRows& live, Ledger& ledger) {
  FeaturePart kept{.fingerprint = part.fingerprint, .dimension = part.dimension, .rows = {}, .features = {},
                   .thumbnails = {}, .rejected = {}};
  for (std::size_t i = 0; i < part.rows.size(); ++i) {
    if (live.good[i] == kDead) continue;
    ledger.places[live.good[i]] = {.part = number, .row = static_cast<std::uint32_t>(kept.rows.size()) & 0x7FFFFFFF,
                                   .rejected = 0};
    kept.rows.push_back(part.rows[i]);
    const auto features = part.features.begin() + static_cast<std::ptrdiff_t>(i * part.dimension);
    kept.features.insert(kept.features.end(), features, features + static_cast<std::ptrdiff_t>(part.dimension));
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

Result<Ledger> ReadLedger(Folder& folder, const Catalog& catalog, const std::string& fingerprint) {
  return LedgerReader(folder, catalog, fingerprint).Read();
}

Status RemovePart(Folder& folder, const std::string& name) {
  // The features first: without them the part does not exist.
  for (const char* sub : {"features/", "rejected/", "thumbs/"}) FRUITS_CHECK(folder.Remove(sub + name));
  return {};
}

Status SweepDeadRows(Folder& folder, Ledger& ledger) {
  for (const std::uint32_t number : std::exchange(ledger.dead_parts, {})) {
    const std::string& name = ledger.parts[number];
    FRUITS_TRY(const FeaturePart part, ReadFeaturePart(folder, name, PartColumns::kAll));
    const FeaturePart kept = WithoutDeadRows(part, number, LiveRowsOf(ledger, number, part), ledger);
    if (kept.rows.empty() && kept.rejected.empty()) {
      FRUITS_CHECK(RemovePart(folder, name));
    } else {
      FRUITS_CHECK(WriteFeaturePart(folder, name, kept));
    }
  }
  return {};
}

}  // namespace fruits
