// The photos of some s3:// inputs, in their one order, listed while they are worked on.
//
//   S3Listing listing(client, {{uri, "s3://bucket/photos"}}, name_globs, stop);
//   while (!(photos = listing.Next())->empty()) ...
//
// An input that is exactly a key is that photo, taken as it is; else it is all keys below "input/" (a bucket
// alone: all of it); with glob syntax in its text and nothing of that name there, a pattern over whole keys
// (key_filter.h). It costs one LIST of one key to know (never a HEAD), none where the input ends in '/' or is
// a bucket.
//
// How order and an unfinished listing agree: a bucket lists in byte order, and the keys below a prefix are
// one stretch of that order. So the listing is a row of stretches, some already here, some asked for; the
// front ones are given as soon as they are here, and only what is known to lie beyond them is still to come.
// A folder that does not fit one page is asked for its sub-folders (delimiter '/'), which are listed side by
// side where they hold keys enough.
//
// Errors are as Listing says; an error of any input ends it at once, whatever was listed of the others.
// kCorrupt: the server does not list in byte order (directory buckets do not). problems() is always empty.
// Threads: one reader; up to `requests_at_once` own ones. Memory: at most `pages_ahead` pages before the
// reader, and the names of at most 1,000 sub-folders a level. Destruction waits for the requests under way.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "fruits/io/listing.h"
#include "io/listings.h"
#include "io/s3/client.h"

namespace fruits::io {

struct S3ListingOptions {
  int requests_at_once = 8;
  int page_keys = 1000;  // S3's most
  int pages_ahead = 16;
  // Sub-folders are listed side by side where a page shows so many keys in each: for less, their requests
  // cost more than pages one after the other.
  int keys_worth_a_request = 200;
};

class ListingStreams;

class S3Listing : public Listing {
 public:
  // Begins to list. `name_globs` are never empty.
  S3Listing(std::shared_ptr<S3Client> client, std::vector<RemoteInput> inputs,
            std::vector<std::string> name_globs, std::stop_token stop, const S3ListingOptions& options = {});
  ~S3Listing() override;

  Result<std::vector<ListedPhoto>> Next() override;
  bool IsHere() const override;
  const std::vector<ListingProblem>& problems() const override { return problems_; }

 private:
  // What is at hand of one input.
  struct Head {
    std::size_t stream = 0;
    std::vector<ListedPhoto> page{};
    std::size_t next = 0;
    std::string bound{};  // with the page used up: nothing before this comes
    bool is_used_up() const { return next == page.size(); }
    std::string_view first() const { return is_used_up() ? std::string_view(bound) : page[next].raw; }
  };

  // False: the input is at its end.
  Result<bool> Refill(Head& head);
  Status Give(Head& head, std::vector<ListedPhoto>& photos);

  const S3ListingOptions options_;
  const std::vector<std::string> name_globs_;
  std::unique_ptr<ListingStreams> streams_;
  std::vector<Head> heads_;  // a heap, the least first
  std::string last_;         // given
  Status state_;
  std::vector<ListingProblem> problems_;
};

}  // namespace fruits::io
