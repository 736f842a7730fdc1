// Photos as a listing finds them, page by page in their final order: byte order of the whole raw path over
// all inputs together, each path once. Nothing that comes later belongs before a row that was given, so work
// can begin with the first page.
//
// Threads: one reader. Memory: at most 16 pages of 1,000 photos wait for the reader; local folders, gs://
// and hdfs:// are listed whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/catalog.h"

namespace fruits {

class Listing {
 public:
  virtual ~Listing() = default;
  // The next photos; empty at the end. kNotFound: an input does not exist; kFailedPrecondition: no access, no
  // bucket; kUnavailable; kCancelled. Some pages may be given before an error.
  virtual Result<std::vector<ListedPhoto>> Next() = 0;
  // Next() will not wait for a server: what is asked for is known already.
  virtual bool IsHere() const { return false; }
  // What was met so far that is not a photo and not silent.
  virtual const std::vector<ListingProblem>& problems() const = 0;
};

}  // namespace fruits
