// Photos on Google Cloud Storage and HDFS, read by Arrow's clients for them. They give no ETag and write
// nothing here.
//
//   FRUITS_TRY(auto store, OpenGcs(ProcessEnvironment));
//   FRUITS_TRY(FileFacts facts, store->Read(uri, bytes));
//
// Tried again as Google's client does (for 60 s) and as Hadoop's is set up to. Errors: kNotFound (no such
// file), kFailedPrecondition (no access, no bucket, no credentials), kUnavailable (all else). Threads: any.
// Memory: small for each call at a time, and what it reads.
#pragma once

#include <arrow/filesystem/filesystem.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/file.h"
#include "fruits/io/uri.h"
#include "io/environment.h"

namespace fruits::io {

class ArrowStore : public std::enable_shared_from_this<ArrowStore> {
 public:
  virtual ~ArrowStore() = default;

  // All bytes, into `buffer`. kInvalidArgument: larger than max_bytes (0: no limit); kIo: it was changed
  // again and again while it was read.
  Result<FileFacts> Read(const Uri& uri, std::vector<std::byte>& buffer, std::uint64_t max_bytes = 0);
  // It bears several users at once. kFailedPrecondition of a read: the file was replaced or removed
  // meanwhile.
  Result<std::unique_ptr<RandomReader>> Open(const Uri& uri);
  // A file or a folder. kNotFound may stand for a fault that List() then names.
  Result<arrow::fs::FileInfo> Look(const Uri& uri);
  // What lies in a folder (its key is "" or ends in '/'), or all that lies below it. Memory: about 100 bytes
  // an entry and its path.
  Result<std::vector<arrow::fs::FileInfo>> List(const Uri& folder);
  bool lists_all_below() const { return lists_all_below_; }
  // The key of what List() gave.
  virtual std::string KeyOf(std::string_view path) const = 0;

 protected:
  ArrowStore(std::shared_ptr<arrow::fs::FileSystem> system, bool lists_all_below)
      : system_(std::move(system)), lists_all_below_(lists_all_below) {}

  virtual std::string PathOf(const Uri& uri) const = 0;
  // What it means that `status` came of `uri`.
  virtual Error Fault(const arrow::Status& status, const Uri& uri) = 0;
  arrow::fs::FileSystem& system() { return *system_; }

 private:
  friend class ArrowFile;

  const std::shared_ptr<arrow::fs::FileSystem> system_;
  const bool lists_all_below_;
};

// Where STORAGE_EMULATOR_HOST says, anonymously; else Google's own, with its Application Default Credentials,
// which Google's client finds, renews and keeps to itself.
Result<std::shared_ptr<ArrowStore>> OpenGcs(const Environment& environment);
// Starts a Java machine in this process, once. kFailedPrecondition, in words of what to set: Java, libhdfs or
// Hadoop's classes are missing; no such host.
Result<std::shared_ptr<ArrowStore>> OpenHdfs(const std::string& authority, const Environment& environment);

// "gs://b/k: <Arrow's words>", one line of valid text.
Error StoreError(ErrorCode code, const Uri& uri, const arrow::Status& status, std::string_view hint = "");

}  // namespace fruits::io
