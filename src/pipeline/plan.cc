#include "pipeline/plan.h"

#include <algorithm>
#include <utility>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"

namespace fruits {
namespace {

constexpr std::size_t kMatchedAtOnce = 1000;

}  // namespace

Status Plan::FetchPage() {
  const auto page = listing_->Next();
  const std::lock_guard lock(mutex_);
  listing_status_ = page ? Take(*page) : std::unexpected(page.error());
  arrived_.notify_all();
  return listing_status_;
}

Status Plan::Take(const std::vector<ListedPhoto>& page) {
  for (const ListedPhoto& photo : page) FRUITS_CHECK(catalog_.Append(photo));
  if (!page.empty()) return {};
  catalog_.Complete(listing_->problems());
  listed_ = true;
  return check_ ? check_(catalog_) : Status();
}

Status Plan::Fetch() {
  do {
    FRUITS_CHECK(FetchPage());
  } while (!listed() && listing_->IsHere());
  if (!listed()) lister_ = std::jthread([this](const std::stop_token& stop) { ListOn(stop); });
  return {};
}

void Plan::ListOn(const std::stop_token& stop) {
  Status status;
  while (status && !listed() && !stop.stop_requested()) status = Guard([&] { return FetchPage(); });
  const std::lock_guard lock(mutex_);
  listing_status_ = status;
  arrived_.notify_all();
}

bool Plan::listed() const {
  const std::lock_guard lock(mutex_);
  return listed_;
}

bool Plan::matched() const {
  const std::lock_guard lock(mutex_);
  return ledger_ended_;
}

Status Plan::OnListed(std::function<Status(const Catalog& catalog)> check) {
  const std::lock_guard lock(mutex_);
  check_ = std::move(check);
  return listed_ ? check_(catalog_) : Status();
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
  std::size_t row = ledger_->places.size();
  const std::size_t end = std::min(catalog_.size(), row + kMatchedAtOnce);
  const bool any = row < end;
  for (; row < end; ++row) MatchRow(row);
  if (listed_ && row == catalog_.size()) EndLedger();
  return any;
}

Result<std::optional<PhotoToRead>> Plan::Next() {
  std::unique_lock lock(mutex_);
  while (true) {
    for (; next_ < ledger_->places.size(); ++next_) {
      if (ledger_->places[next_].known()) continue;
      const std::size_t row = next_++;
      return PhotoToRead{.row = row,
                         .raw = catalog_.RawPath(row),
                         .facts = {.size_bytes = catalog_.size_bytes(row),
                                   .mtime_ns = catalog_.mtime_ns(row),
                                   .etag = std::string(catalog_.etag(row))}};
    }
    if (Match()) continue;
    FRUITS_CHECK(listing_status_);
    if (listed_) return std::nullopt;
    arrived_.wait(lock);
  }
}

void Plan::MatchAll() {
  const std::lock_guard lock(mutex_);
  while (Match()) {
  }
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
