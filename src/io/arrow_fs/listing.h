// The photos of some gs:// and hdfs:// inputs as a whole, by the rules of S3's listing (s3/listing.h).
//
// A folder of HDFS is listed after the other; what cannot be read below an input is one of the catalog's
// problems(). An input on GCS is listed at once, by pages of 1,000. Errors are as Listing says.
// Threads: one. Memory: the catalog's own, and while it is made, that of ArrowStore::List().
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "fruits/io/catalog.h"
#include "fruits/io/uri.h"
#include "io/arrow_fs/store.h"
#include "io/listings.h"

namespace fruits::io {

// `open` gives the store of an input. The name globs are never empty.
using OpenStore = std::function<Result<std::shared_ptr<ArrowStore>>(const Uri& uri)>;
Result<Catalog> ListStores(const std::vector<RemoteInput>& inputs, const std::vector<std::string>& name_globs,
                           const OpenStore& open, const std::stop_token& stop);

}  // namespace fruits::io
