// The part of S3's REST interface that Fruits uses, with AWS Signature Version 4 on kept-alive connections
// (https://docs.aws.amazon.com/AmazonS3/latest/API/). Arrow's file system gives no ETag and no conditional
// write, and fails on keys with "//" or a '/' at the end.
//
//   FRUITS_TRY(S3Config config, LoadS3Config());
//   FRUITS_TRY(auto client, S3Client::Create(std::move(config), stop));
//   FRUITS_TRY(S3Object object, client->Get("bucket", "a/b.jpg", {}, bytes));
//
// Every call tries again after 500, 502, 503, 504, SlowDown, timeouts, connection faults, a DNS server's "try
// again" and a body cut short, with growing, random pauses until RetryPolicy says enough; what is left then
// is kUnavailable. Errors: kNotFound (no such key), kFailedPrecondition (401, 403, no such bucket, an unknown
// host, TLS, a condition that does not hold: see Condition), kInvalidArgument (larger than max_bytes),
// kResourceExhausted (507, quota), kCancelled. A message names the object's address and never a credential.
// Threads: any. Memory: about 100 KB for each call at a time, and its body.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "io/s3/config.h"

namespace fruits::io {

struct S3Object {
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;  // whole seconds, as all calls know it
  std::string etag{};         // without quotes
};

struct S3Entry {
  std::string key;
  S3Object object;
};

struct S3ListRequest {
  std::string prefix{};
  std::string delimiter{};  // "/" or ""
  std::string token{};      // of the page before
  int max_keys = 1000;
};

struct S3Page {
  std::vector<S3Entry> entries;       // in byte order of keys
  std::vector<std::string> prefixes;  // with a delimiter: what lies deeper, in byte order
  std::string next_token;             // "": the last page
};

struct S3Upload {
  std::string key;
  std::string upload;
};

struct S3UploadPage {
  std::vector<S3Upload> uploads;
  std::string next_key;  // both "": the last page
  std::string next_upload;
};

// What must hold for a write; when it does not, the call's error is kFailedPrecondition and `failed` is set.
struct S3Condition {
  bool if_absent = false;
  std::string if_match{};  // an ETag
  bool* failed = nullptr;
};

struct S3GetOptions {
  std::uint64_t max_bytes = 0;  // 0: no limit
  std::string if_match{};       // another ETag: kFailedPrecondition, and `changed` is set
  // A range, where length > 0. Beyond the object's end: kInvalidArgument.
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool* changed = nullptr;
};

class S3Client {
 public:
  static Result<std::shared_ptr<S3Client>> Create(S3Config config, std::stop_token stop);
  virtual ~S3Client() = default;

  // The body replaces `body`. object.size_bytes is the whole object's, also for a range.
  virtual Result<S3Object> Get(std::string_view bucket, std::string_view key, const S3GetOptions& options,
                               std::vector<std::byte>& body) = 0;
  virtual Result<S3Object> Head(std::string_view bucket, std::string_view key) = 0;
  virtual Result<S3Page> List(std::string_view bucket, const S3ListRequest& request) = 0;
  // The new ETag. A try whose answer was lost may have succeeded: with a condition, the caller looks before
  // it believes that someone else wrote.
  virtual Result<std::string> Put(std::string_view bucket, std::string_view key, std::string_view body,
                                  const S3Condition& condition = {}) = 0;
  virtual Status Delete(std::string_view bucket, std::string_view key) = 0;  // gone already: fine

  // Multipart: an object appears whole with CompleteUpload. Parts count from 1; all but the last have at
  // least 5 MiB.
  virtual Result<std::string> BeginUpload(std::string_view bucket, std::string_view key) = 0;
  virtual Result<std::string> UploadPart(std::string_view bucket, std::string_view key,
                                         std::string_view upload, int part, std::string_view body) = 0;
  virtual Status CompleteUpload(std::string_view bucket, std::string_view key, std::string_view upload,
                                std::span<const std::string> etags) = 0;
  virtual Status AbortUpload(std::string_view bucket, std::string_view key, std::string_view upload) = 0;
  // Of keys that begin with `prefix`: what was begun and neither completed nor aborted.
  virtual Result<std::vector<S3Upload>> ListUploads(std::string_view bucket, std::string_view prefix) = 0;

  // The server's clock minus ours, from the Date header of its last answer.
  virtual std::chrono::seconds ClockOffset() const = 0;
};

}  // namespace fruits::io
