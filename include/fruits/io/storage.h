// Where photos come from and results go: local files and S3 objects, by their addresses. Photos also come
// from Google Cloud Storage and HDFS.
//
//   Storage storage;
//   FRUITS_TRY(auto folder, storage.OpenFolder(uri));
//   FRUITS_TRY(const FileFacts facts, storage.Read(photo, buffer));
//
// The first s3:// address loads the usual AWS chain: credentials (environment, profile, web identity,
// container, instance role; else anonymous), region, AWS_ENDPOINT_URL. Credentials are renewed before they
// expire and never appear in messages. The first gs:// address loads Google's, the first hdfs:// address
// starts a Java machine in this process, which takes SIGINT and SIGTERM for itself unless LIBHDFS_OPTS has
// -Xrs. Threads: any. Memory: about 100 KB for each transfer at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/file.h"
#include "fruits/io/folder.h"
#include "fruits/io/listing.h"
#include "fruits/io/uri.h"

namespace fruits {

class Storage {
 public:
  // `stop` ends what reads photos, also where it waits (of gs:// and hdfs://, after the calls under way);
  // results can still be written.
  explicit Storage(std::stop_token stop = {});
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  // All bytes of a file, an object or a member of an archive that List() met, into `buffer` (its memory is
  // reused). kNotFound: it is gone; kInvalidArgument: larger than max_bytes (0: no limit). These and kIo of a
  // local file are the photo's own faults. kFailedPrecondition (no access, no bucket, on HDFS: not
  // set up) and kUnavailable (the server did not answer, after all tries) are not.
  Result<FileFacts> Read(const Uri& uri, std::vector<std::byte>& buffer, std::uint64_t max_bytes = 0);
  Result<std::unique_ptr<RandomReader>> Open(const Uri& uri);
  // Makes nothing yet. kInvalidArgument: a scheme that cannot be written.
  Result<std::unique_ptr<Folder>> OpenFolder(const Uri& uri);
  // The photos of some inputs, in their one order.
  Result<std::unique_ptr<Listing>> List(const CatalogOptions& options);
  // Whether photos can be listed and read at `input`. The error says what is missing.
  Status CheckInput(const std::string& input, const std::string& working_directory);
  // "http://127.0.0.1:7070, region us-east-1, signed" or why S3 cannot be used.
  Result<std::string> DescribeS3();
  // Reads that should be under way at once to hide latency: 3 for local inputs, more for others.
  int ReadsAtOnce(const CatalogOptions& options) const;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace fruits
