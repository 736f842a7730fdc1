#include "io/s3/listing.h"

#include <fmt/core.h>

#include <algorithm>

#include "fruits/core/try.h"
#include "io/s3/listing_streams.h"

namespace fruits::io {

S3Listing::S3Listing(std::shared_ptr<S3Client> client, std::vector<RemoteInput> inputs,
                     std::vector<std::string> name_globs, std::stop_token stop,
                     const S3ListingOptions& options)
    : options_(options), name_globs_(std::move(name_globs)) {
  streams_ = std::make_unique<ListingStreams>(std::move(client), std::move(inputs), name_globs_,
                                              std::move(stop), options_);
  for (std::size_t i = 0; i < streams_->size(); ++i)
    heads_.push_back({.stream = i, .bound = streams_->first_raw(i)});
  // Least first, and so already a heap of std::greater.
}

S3Listing::~S3Listing() = default;

Result<bool> S3Listing::Refill(Head& head) {
  FRUITS_TRY(head.page, streams_->NextPage(head.stream));
  head.next = 0;
  return !head.page.empty();
}

Status S3Listing::Give(Head& head, std::vector<ListedPhoto>& photos) {
  ListedPhoto& photo = head.page[head.next++];
  if (head.is_used_up()) head.bound = photo.raw;
  if (photo.raw == last_) return {};
  if (photo.raw < last_) {
    return Fail(
        ErrorCode::kCorrupt,
        fmt::format("{} is listed after {}: this server does not list keys in byte order, which a run needs; "
                    "use a general purpose bucket",
                    EncodePath(photo.raw), EncodePath(last_)));
  }
  last_ = photo.raw;
  photos.push_back(std::move(photo));
  return {};
}

bool S3Listing::IsHere() const {
  return heads_.empty() || !heads_.front().is_used_up() || streams_->IsReady(heads_.front().stream);
}

Result<std::vector<ListedPhoto>> S3Listing::Next() {
  FRUITS_CHECK(state_);
  const auto comes_later = [](const Head& a, const Head& b) { return a.first() > b.first(); };
  const auto most = static_cast<std::size_t>(options_.page_keys);
  std::vector<ListedPhoto> photos;
  while (!heads_.empty() && photos.size() < most) {
    std::ranges::pop_heap(heads_, comes_later);
    Head& head = heads_.back();
    bool more = true;
    Status given;
    if (!head.is_used_up()) {
      given = Give(head, photos);
    } else if (photos.empty() || streams_->IsReady(head.stream)) {
      auto refilled = Refill(head);
      if (!refilled) given = std::unexpected(refilled.error());
      more = refilled.value_or(false);
    } else {
      std::ranges::push_heap(heads_, comes_later);
      break;  // what is here need not wait
    }
    if (!given) {
      state_ = given;
      return std::unexpected(state_.error());
    }
    if (more) {
      std::ranges::push_heap(heads_, comes_later);
    } else {
      heads_.pop_back();
    }
  }
  return photos;
}

}  // namespace fruits::io
