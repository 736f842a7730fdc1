// A FileWriter on an S3 object: one PUT when all of it fits in a part, else a multipart upload. The object
// appears whole with Commit() or not at all. Destroyed without Commit(), the upload is aborted; what a killed
// process had uploaded is no object and is seen by nobody, and a bucket's lifecycle rule
// (AbortIncompleteMultipartUpload) ends its cost.
//
// After an error the writer is spent: every further call gives that error. Errors: S3Client's.
// Threads: one. Memory: one part, 8 MiB up to 8 GB written, twice as much after each further 1,000 parts.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "fruits/io/file.h"
#include "io/s3/client.h"

namespace fruits::io {

// S3 takes 10,000 parts, each but the last of at least 5 MiB; parts that grow reach its largest object, 5 TiB
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
inline constexpr std::size_t kS3FirstPartBytes = 8 << 20;
constexpr std::size_t S3PartBytes(std::size_t parts_before) {
  return kS3FirstPartBytes << (parts_before / 1000);
}

std::unique_ptr<FileWriter> CreateS3Object(std::shared_ptr<S3Client> client, std::string bucket,
                                           std::string key);

}  // namespace fruits::io
