// Listings that are made of others. Threads: as Listing.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/catalog.h"
#include "fruits/io/listing.h"
#include "fruits/io/uri.h"

namespace fruits::io {

// An input that is not local.
struct RemoteInput {
  Uri uri;
  std::string text;        // as the user gave it
  std::string excluded{};  // "" or a prefix of keys, with its '/' at the end, below which nothing is taken
};

// A catalog that is there as a whole.
std::unique_ptr<Listing> ListingOf(Catalog catalog);
// One after the other; the rows of each must follow those before.
std::unique_ptr<Listing> Chain(std::vector<std::unique_ptr<Listing>> listings);
// Ends after the first `limit` photos.
std::unique_ptr<Listing> LimitTo(std::unique_ptr<Listing> listing, std::size_t limit);
// `count` photos spread evenly over all, which are listed first; all where there are no more.
std::unique_ptr<Listing> SampleOf(std::unique_ptr<Listing> listing, std::size_t count);
// A photo that `expand` knows as a container gives way to what it holds, in the order of all. `expand` gives
// nothing for a photo that is none; its problems are added to the listing's.
using Expand = std::function<Result<std::optional<std::vector<ListedPhoto>>>(
    const ListedPhoto& photo, std::vector<ListingProblem>& problems)>;
std::unique_ptr<Listing> ExpandArchives(std::unique_ptr<Listing> listing, Expand expand);

}  // namespace fruits::io
