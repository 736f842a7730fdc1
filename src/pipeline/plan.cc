#include "pipeline/plan.h"

#include <algorithm>
#include <utility>

#include "fruits/core/try.h"

namespace fruits {
namespace {

constexpr std::size_t kMatchedAtOnce = 1000;

}  // namespace

Status Plan::FetchPage() {
  FRUITS_TRY(const std::vector<ListedPhoto> page, listing_->Next());
  std::size_t photos = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const ListedPhoto& photo : page) FRUITS_CHECK(catalog_.Append(photo));
    if (!page.empty()) return {};
    catalog_.Complete(listing_->problems());
    listed_ = true;
    photos = catalog_.size();
  }
  return check_ ? check_(photos) : Status();
}

Status Plan::Fetch() {
  const std::lock_guard turn(fetching_);
  do {
    FRUITS_CHECK(FetchPage());
  } while (!listed() && listing_->IsHere());
  return {};
}

bool Plan::listed() const {
  const std::lock_guard lock(mutex_);
  return listed_;
}

bool Plan::matched() const {
  const std::lock_guard lock(mutex_);
  return ledger_ended_;
}

Status Plan::OnListed(std::function<Status(std::size_t photos)> check) {
  const std::lock_guard turn(fetching_);
  check_ = std::move(check);
  return listed() ? check_(size()) : Status();
}

void Plan::Begin(StoredIndex stored, Ledger& ledger) {
  const std::lock_guard lock(mutex_);
  stored_ = std::move(stored);
  ledger_ = &ledger;
  live_.assign(ledger.parts.size(), 0);
  ledger.places.clear();
  ledger.places.reserve(catalog_.size());
  ledger_ended_ = false;
  next_ = 0;
}

void Plan::MatchRow(std::size_t row) {
  const StoredIndex::Found found =
      stored_.Find(catalog_.RawPath(row),
                   {catalog_.size_bytes(row), catalog_.mtime_ns(row), std::string(catalog_.etag(row))});
  ledger_->places.push_back(found.place);
  if (found.match == StoredIndex::Match::kChanged) ++ledger_->changed;
  if (found.match != StoredIndex::Match::kSame) return;
  ++ledger_->kept;
  ledger_->kept_rejected += found.place.rejected;
  ++live_[found.place.part];
}

// What no row of the catalog asked for is dead.
void Plan::EndLedger() {
  for (std::size_t part = 0; part < live_.size(); ++part) {
    if (live_[part] < ledger_->part_rows[part])
      ledger_->dead_parts.push_back(static_cast<std::uint32_t>(part));
  }
  if (!ledger_ended_) ledger_->gone = stored_.paths() - ledger_->kept - ledger_->changed;
  ledger_ended_ = true;
  live_.clear();
  stored_ = {};
}

bool Plan::Match() {
  const std::lock_guard lock(mutex_);
  std::size_t row = ledger_->places.size();
  const std::size_t end = std::min(catalog_.size(), row + kMatchedAtOnce);
  const bool any = row < end;
  for (; row < end; ++row) MatchRow(row);
  if (listed_ && row == catalog_.size()) EndLedger();
  return any;
}

Result<std::optional<PhotoToRead>> Plan::Next() {
  const std::lock_guard turn(fetching_);
  while (true) {
    bool listed = false;
    {
      const std::lock_guard lock(mutex_);
      for (; next_ < ledger_->places.size(); ++next_) {
        if (ledger_->places[next_].known()) continue;
        const std::size_t row = next_++;
        return PhotoToRead{.row = row,
                           .raw = catalog_.RawPath(row),
                           .facts = {.size_bytes = catalog_.size_bytes(row),
                                     .mtime_ns = catalog_.mtime_ns(row),
                                     .etag = std::string(catalog_.etag(row))}};
      }
      listed = listed_;
    }
    if (Match()) continue;
    if (listed) return std::nullopt;
    FRUITS_CHECK(FetchPage());
  }
}

Status Plan::ReadAll() {
  const std::lock_guard turn(fetching_);
  while (!listed()) FRUITS_CHECK(FetchPage());
  while (Match()) {
  }
  return {};
}

std::size_t Plan::size() const {
  const std::lock_guard lock(mutex_);
  return catalog_.size();
}

std::size_t Plan::kept() const {
  const std::lock_guard lock(mutex_);
  return ledger_->kept;
}

std::size_t Plan::kept_rejected() const {
  const std::lock_guard lock(mutex_);
  return ledger_->kept_rejected;
}

RowPlace Plan::place(std::size_t row) const {
  const std::lock_guard lock(mutex_);
  return ledger_->places[row];
}

void Plan::SetPlace(std::size_t row, RowPlace place) {
  const std::lock_guard lock(mutex_);
  ledger_->places[row] = place;
}

std::string Plan::raw_path(std::size_t row) const {
  const std::lock_guard lock(mutex_);
  return catalog_.RawPath(row);
}

}  // namespace fruits
