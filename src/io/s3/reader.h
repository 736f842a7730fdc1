// A RandomReader on an S3 object. Up to 64 MiB it is read whole by one GET when it is opened; a larger one by
// ranges, each only while the object has the ETag that was seen first. Small reads of a large one fetch 1 MiB
// around them, so that a Parquet footer costs one request.
//
// Errors of opening and reading: S3Client's; kCorrupt when the object was replaced meanwhile.
// Threads: one. Memory: the object up to 64 MiB; else 1 MiB and what a read asks for.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "fruits/io/file.h"
#include "io/s3/client.h"

namespace fruits::io {

inline constexpr std::size_t kS3WholeReadBytes = 64 << 20;

Result<std::unique_ptr<RandomReader>> OpenS3Object(std::shared_ptr<S3Client> client, std::string bucket,
                                                   std::string key,
                                                   std::size_t whole_read_bytes = kS3WholeReadBytes);

// For an archive: each read is one ranged GET of the object as it is now, whose ETag later reads insist on.
// Threads: any, at once. Memory: what the reads under way ask for, twice. kNotFound; the client's errors.
Result<std::unique_ptr<RandomReader>> OpenS3Ranges(std::shared_ptr<S3Client> client, std::string bucket,
                                                   std::string key);

}  // namespace fruits::io
