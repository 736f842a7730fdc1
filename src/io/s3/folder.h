// A Folder on a bucket and a prefix: its names are keys below "prefix/". Objects appear whole (writer.h), so
// there are no temporaries to remove; the lease is lease.h's object "_run/lease.json", which List() does not
// show.
//
//   FRUITS_TRY(auto folder, OpenS3Folder(client, uri));
//
// Errors: S3Client's; kInvalidArgument: not a name within a folder. Keys below the prefix that are no such
// names ("a//b", "a/") are not listed. Threads: any. Memory: the names of a listing.
#pragma once

#include <memory>

#include "fruits/io/folder.h"
#include "io/s3/client.h"
#include "io/s3/lease.h"

namespace fruits::io {

// Asks nothing of the server yet. "s3://bucket/out" and "s3://bucket/out/" are one folder. kInvalidArgument:
// no s3 URI.
Result<std::unique_ptr<Folder>> OpenS3Folder(std::shared_ptr<S3Client> client, const Uri& uri,
                                             const S3LeaseOptions& lease = {});

}  // namespace fruits::io
