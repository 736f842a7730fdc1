#include "io/listings.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "fruits/core/try.h"

namespace fruits::io {
namespace {

using Page = std::vector<ListedPhoto>;

constexpr std::size_t kPageRows = 1000;

ListedPhoto RowOf(const Catalog& catalog, std::size_t row) {
  return {.raw = catalog.RawPath(row),
          .size_bytes = catalog.size_bytes(row),
          .mtime_ns = catalog.mtime_ns(row),
          .etag = std::string(catalog.etag(row))};
}

class CatalogListing : public Listing {
 public:
  explicit CatalogListing(Catalog catalog) : catalog_(std::move(catalog)), problems_(catalog_.problems()) {}

  Result<Page> Next() override {
    Page page;
    for (; next_ < catalog_.size() && page.size() < kPageRows; ++next_) {
      page.push_back(RowOf(catalog_, next_));
    }
    if (page.empty()) catalog_ = {};
    return page;
  }
  bool IsHere() const override { return true; }
  const std::vector<ListingProblem>& problems() const override { return problems_; }

 private:
  Catalog catalog_;
  const std::vector<ListingProblem> problems_;
  std::size_t next_ = 0;
};

class ChainedListing : public Listing {
 public:
  explicit ChainedListing(std::vector<std::unique_ptr<Listing>> listings) : listings_(std::move(listings)) {}

  Result<Page> Next() override {
    while (at_ < listings_.size()) {
      FRUITS_TRY(Page page, listings_[at_]->Next());
      Collect();
      if (!page.empty()) return page;
      ++at_;
    }
    return Page();
  }
  bool IsHere() const override { return at_ == listings_.size() || listings_[at_]->IsHere(); }
  const std::vector<ListingProblem>& problems() const override { return problems_; }

 private:
  void Collect() {
    problems_.clear();
    for (const auto& listing : listings_)
      std::ranges::copy(listing->problems(), std::back_inserter(problems_));
  }

  const std::vector<std::unique_ptr<Listing>> listings_;
  std::size_t at_ = 0;
  std::vector<ListingProblem> problems_;
};

class LimitedListing : public Listing {
 public:
  LimitedListing(std::unique_ptr<Listing> listing, std::size_t limit)
      : listing_(std::move(listing)), left_(limit) {}

  Result<Page> Next() override {
    if (left_ == 0) return Page();
    FRUITS_TRY(Page page, listing_->Next());
    if (page.size() > left_) page.resize(left_);
    left_ -= page.size();
    return page;
  }
  bool IsHere() const override { return left_ == 0 || listing_->IsHere(); }
  const std::vector<ListingProblem>& problems() const override { return listing_->problems(); }

 private:
  const std::unique_ptr<Listing> listing_;
  std::size_t left_;
};

class SampledListing : public Listing {
 public:
  SampledListing(std::unique_ptr<Listing> listing, std::size_t count)
      : listing_(std::move(listing)), count_(count) {}

  Result<Page> Next() override {
    while (!listed_) {
      FRUITS_TRY(const Page page, listing_->Next());
      listed_ = page.empty();
      for (const ListedPhoto& photo : page) FRUITS_CHECK(all_.Append(photo));
    }
    const std::size_t count = std::min(count_, all_.size());
    Page page;
    for (; next_ < count && page.size() < kPageRows; ++next_)
      page.push_back(RowOf(all_, next_ * all_.size() / count));
    if (page.empty()) all_ = {};
    return page;
  }
  bool IsHere() const override { return listed_; }
  const std::vector<ListingProblem>& problems() const override { return listing_->problems(); }

 private:
  const std::unique_ptr<Listing> listing_;
  const std::size_t count_;
  Catalog all_;
  bool listed_ = false;
  std::size_t next_ = 0;
};

// Members wait, sorted, until a photo follows that comes after them: between "x.tar" and "x.tar!/a" others
// may lie.
class ArchiveListing : public Listing {
 public:
  ArchiveListing(std::unique_ptr<Listing> listing, Expand expand)
      : listing_(std::move(listing)), expand_(std::move(expand)) {}

  Result<Page> Next() override {
    Page out;
    while (out.empty() && !ended_) {
      FRUITS_TRY(Page page, listing_->Next());
      ended_ = page.empty();
      for (ListedPhoto& photo : page) FRUITS_CHECK(Take(std::move(photo), out));
      problems_ = listing_->problems();
      std::ranges::copy(own_problems_, std::back_inserter(problems_));
    }
    if (ended_) MoveBefore(nullptr, out);
    return out;
  }
  bool IsHere() const override { return ended_ || listing_->IsHere(); }
  const std::vector<ListingProblem>& problems() const override { return problems_; }

 private:
  Status Take(ListedPhoto photo, Page& out) {
    MoveBefore(&photo.raw, out);
    FRUITS_TRY(auto members, expand_(photo, own_problems_));
    if (!members) {
      out.push_back(std::move(photo));
      return {};
    }
    for (ListedPhoto& member : *members) {
      std::string raw = member.raw;
      waiting_.try_emplace(std::move(raw), std::move(member));
    }
    return {};
  }

  // What comes before `raw` (null: everything), and not a photo of that very path, which is `raw`'s own row.
  void MoveBefore(const std::string* raw, Page& out) {
    while (!waiting_.empty() && (!raw || waiting_.begin()->first <= *raw)) {
      auto first = waiting_.extract(waiting_.begin());
      if (!raw || first.key() < *raw) out.push_back(std::move(first.mapped()));
    }
  }

  const std::unique_ptr<Listing> listing_;
  const Expand expand_;
  std::map<std::string, ListedPhoto> waiting_;
  bool ended_ = false;
  std::vector<ListingProblem> own_problems_;
  std::vector<ListingProblem> problems_;
};

}  // namespace

std::unique_ptr<Listing> ListingOf(Catalog catalog) {
  return std::make_unique<CatalogListing>(std::move(catalog));
}

std::unique_ptr<Listing> Chain(std::vector<std::unique_ptr<Listing>> listings) {
  if (listings.size() == 1) return std::move(listings.front());
  return std::make_unique<ChainedListing>(std::move(listings));
}

std::unique_ptr<Listing> LimitTo(std::unique_ptr<Listing> listing, std::size_t limit) {
  return std::make_unique<LimitedListing>(std::move(listing), limit);
}

std::unique_ptr<Listing> SampleOf(std::unique_ptr<Listing> listing, std::size_t count) {
  return std::make_unique<SampledListing>(std::move(listing), count);
}

std::unique_ptr<Listing> ExpandArchives(std::unique_ptr<Listing> listing, Expand expand) {
  return std::make_unique<ArchiveListing>(std::move(listing), std::move(expand));
}

}  // namespace fruits::io
