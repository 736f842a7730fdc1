// The rows of a run as the listing brings them: which photo is read next, and where each row is stored.
//
//   Plan plan(std::move(listing));
//   plan.Fetch();                          // what is known without waiting
//   plan.Begin(std::move(stored), ledger);
//   while (auto photo = *plan.Next()) ...  // readers, while the rest of the listing comes in
//   Catalog catalog = plan.TakeCatalog();
//
// The listing gives photos in their final order, so a row's number is final when it appears. A thread lists
// on beside the work, however far that is, so that the number of photos is known early. Threads: Next() any;
// the calls about single rows any, beside Next(); the rest one caller while nothing else runs. Memory: the
// catalog, 8 bytes a photo in the ledger, and the index until all is matched. Destruction waits for the page
// that is asked for.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/catalog.h"
#include "fruits/io/file.h"
#include "fruits/io/listing.h"
#include "pipeline/ledger.h"

namespace fruits {

// A photo that no part holds, as it was listed.
struct PhotoToRead {
  std::size_t row = 0;
  std::string raw;
  FileFacts facts;
};

class Plan {
 public:
  explicit Plan(std::unique_ptr<Listing> listing) : listing_(std::move(listing)) {}

  // Takes what the listing has without waiting for anybody, at least one page, and lists on behind it. The
  // listing's errors; those of later pages are Next()'s.
  Status Fetch();
  bool listed() const;
  // Every row was looked up in what is stored.
  bool matched() const;
  // Called when all photos are listed, and its error is Next()'s; at once where that is past. It must not
  // call the plan.
  Status OnListed(std::function<Status(const Catalog& catalog)> check);

  // Looks rows up in what is stored, from the first on. `ledger` must outlive the plan's use.
  void Begin(StoredIndex stored, Ledger& ledger);
  // The next photo to compute; waits for the listing. None: no more.
  Result<std::optional<PhotoToRead>> Next();
  // Looks all rows up, once all are listed.
  void MatchAll();

  std::size_t size() const;  // rows so far
  std::size_t kept() const;  // of them, those that a part holds
  std::size_t kept_rejected() const;
  RowPlace place(std::size_t row) const;
  void SetPlace(std::size_t row, RowPlace place);
  std::string raw_path(std::size_t row) const;

  const Catalog& catalog() const { return catalog_; }  // not beside Next()
  Catalog TakeCatalog() { return std::move(catalog_); }

 private:
  Status FetchPage();
  Status Take(const std::vector<ListedPhoto>& page);  // under the lock
  void ListOn(const std::stop_token& stop);
  // Gives places to some more rows; false: there are none. Under the lock, as all below.
  bool Match();
  void MatchRow(std::size_t row);
  void EndLedger();

  const std::unique_ptr<Listing> listing_;
  mutable std::mutex mutex_;  // everything below; never held while asking the listing
  std::condition_variable arrived_;
  std::function<Status(const Catalog& catalog)> check_;
  bool listed_ = false;
  Status listing_status_;  // an error: no more rows come
  Catalog catalog_;
  StoredIndex stored_;
  Ledger* ledger_ = nullptr;
  bool ledger_ended_ = false;
  std::vector<std::uint32_t> live_;  // rows kept, by part
  std::size_t next_ = 0;             // for Next()
  std::jthread lister_;              // last: it ends before what it fills
};

}  // namespace fruits
