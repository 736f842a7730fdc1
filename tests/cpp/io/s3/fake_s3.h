// S3 in memory, with the faults that the places on it must live with.
// Threads: any.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fruits/core/sha256.h"
#include "fruits/core/try.h"
#include "io/s3/client.h"

namespace fruits::test {

class FakeS3 : public io::S3Client {
 public:
  struct Stored {
    std::string bytes;
    io::S3Object object;
  };

  // Before each request, with its name ("LIST photos/"); an error is the answer.
  std::function<Status(const std::string& request)> before;
  // After a write was done: true loses the answer, so that the try after it is what the caller hears of.
  std::function<bool(const std::string& request)> loses_answer;
  bool ignores_conditions = false;
  bool lacks_conditions = false;
  std::atomic<std::int64_t> offset_seconds = 0;  // the server's clock minus ours

  void Store(const std::string& key, const std::string& bytes) {
    const std::scoped_lock lock(mutex_);
    StoreLocked(key, bytes, "");
  }
  std::string BytesOf(const std::string& key) const {
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(key);
    return found == objects_.end() ? "(none)" : found->second.bytes;
  }
  // As if it had been written so much earlier.
  void Age(const std::string& key, std::chrono::seconds by) {
    const std::scoped_lock lock(mutex_);
    objects_.at(key).object.mtime_ns -= by.count() * 1'000'000'000;
  }
  std::size_t CountRequests(const std::string& beginning) const {
    const std::scoped_lock lock(mutex_);
    std::size_t count = 0;
    for (const std::string& request : requests_) count += request.starts_with(beginning);
    return count;
  }
  std::size_t uploads() const {
    const std::scoped_lock lock(mutex_);
    return uploads_.size();
  }

  Result<io::S3Object> Get(std::string_view, std::string_view key, const io::S3GetOptions& options,
                           std::vector<std::byte>& body) override {
    FRUITS_CHECK(Enter("GET", key));
    const std::scoped_lock lock(mutex_);
    FRUITS_TRY(const Stored* found, Find(key));
    const std::string& bytes = found->bytes;
    if (!options.if_match.empty() && options.if_match != found->object.etag) {
      if (options.changed) *options.changed = true;
      return Fail(ErrorCode::kFailedPrecondition, "the object is not as expected");
    }
    if (options.max_bytes > 0 && bytes.size() > options.max_bytes) {
      return Fail(ErrorCode::kInvalidArgument, "larger than max_bytes");
    }
    if (options.offset > bytes.size()) return Fail(ErrorCode::kInvalidArgument, "beyond the end");
    const auto part = std::string_view(bytes).substr(options.offset,
                                                     options.length > 0 ? options.length : std::string::npos);
    const auto* data = reinterpret_cast<const std::byte*>(part.data());
    body.assign(data, data + part.size());
    return found->object;
  }

  Result<io::S3Object> Head(std::string_view, std::string_view key) override {
    FRUITS_CHECK(Enter("HEAD", key));
    const std::scoped_lock lock(mutex_);
    FRUITS_TRY(const Stored* found, Find(key));
    return found->object;
  }

  Result<io::S3Page> List(std::string_view, const io::S3ListRequest& request) override {
    FRUITS_CHECK(Enter(request.delimiter.empty() ? "LIST" : "LIST/", request.prefix));
    const std::scoped_lock lock(mutex_);
    io::S3Page page;
    int count = 0;
    auto at =
        request.token.empty() ? objects_.lower_bound(request.prefix) : objects_.upper_bound(request.token);
    for (; at != objects_.end() && at->first.starts_with(request.prefix); ++at) {
      const std::string& key = at->first;
      const std::size_t slash = request.delimiter.empty() ? key.npos : key.find('/', request.prefix.size());
      const bool is_repeated =
          slash != key.npos && ((!page.prefixes.empty() && key.starts_with(page.prefixes.back())) ||
                                request.token.starts_with(key.substr(0, slash + 1)));
      if (is_repeated) {
        if (!page.next_token.empty()) page.next_token = key;
        continue;
      }
      if (count == request.max_keys) return page;
      ++count;
      if (slash == key.npos) {
        page.entries.push_back({key, at->second.object});
      } else {
        page.prefixes.push_back(key.substr(0, slash + 1));
      }
      page.next_token = key;
    }
    page.next_token.clear();
    return page;
  }

  Result<std::string> Put(std::string_view, std::string_view key, std::string_view body,
                          const io::S3Condition& condition) override {
    FRUITS_CHECK(Enter("PUT", key));
    const bool has_condition = condition.if_absent || !condition.if_match.empty();
    if (has_condition && lacks_conditions) return Fail(ErrorCode::kIo, "s3://b/k: NotImplemented");
    Result<std::string> etag = PutOnce(key, body, condition);
    if (etag && loses_answer && loses_answer("PUT " + std::string(key))) etag = PutOnce(key, body, condition);
    return etag;
  }

  Status Delete(std::string_view, std::string_view key) override {
    FRUITS_CHECK(Enter("DELETE", key));
    const std::scoped_lock lock(mutex_);
    objects_.erase(std::string(key));
    return {};
  }

  Result<std::string> BeginUpload(std::string_view, std::string_view key) override {
    FRUITS_CHECK(Enter("BEGIN", key));
    const std::scoped_lock lock(mutex_);
    const std::string upload = std::to_string(++count_);
    uploads_[upload] = {};
    upload_keys_[upload] = key;
    return upload;
  }

  Result<std::string> UploadPart(std::string_view, std::string_view key, std::string_view upload, int part,
                                 std::string_view body) override {
    FRUITS_CHECK(Enter("PART", key));
    const std::scoped_lock lock(mutex_);
    uploads_.at(std::string(upload))[part] = body;
    return ToHex(Sha256Of(body));
  }

  Status CompleteUpload(std::string_view, std::string_view key, std::string_view upload,
                        std::span<const std::string> etags) override {
    FRUITS_CHECK(Enter("COMPLETE", key));
    const std::scoped_lock lock(mutex_);
    std::string all;
    for (std::size_t i = 0; i < etags.size(); ++i) {
      const std::string& part = uploads_.at(std::string(upload)).at(static_cast<int>(i) + 1);
      const bool is_last = i + 1 == etags.size();
      if (ToHex(Sha256Of(part)) != etags[i]) return Fail(ErrorCode::kInvalidArgument, "InvalidPart");
      if (!is_last && part.size() < (5 << 20)) return Fail(ErrorCode::kInvalidArgument, "EntityTooSmall");
      all += part;
    }
    uploads_.erase(std::string(upload));
    StoreLocked(std::string(key), all, "-" + std::to_string(etags.size()));
    return {};
  }

  Status AbortUpload(std::string_view, std::string_view key, std::string_view upload) override {
    FRUITS_CHECK(Enter("ABORT", key));
    const std::scoped_lock lock(mutex_);
    uploads_.erase(std::string(upload));
    return {};
  }

  Result<std::vector<io::S3Upload>> ListUploads(std::string_view, std::string_view prefix) override {
    FRUITS_CHECK(Enter("UPLOADS", prefix));
    const std::scoped_lock lock(mutex_);
    std::vector<io::S3Upload> open;
    for (const auto& [upload, parts] : uploads_) {
      if (upload_keys_.at(upload).starts_with(prefix)) open.push_back({upload_keys_.at(upload), upload});
    }
    return open;
  }

  std::chrono::seconds ClockOffset() const override { return std::chrono::seconds(offset_seconds); }

 private:
  Status Enter(const std::string& method, std::string_view key) {
    const std::string request = method + " " + std::string(key);
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
    }
    return before ? before(request) : Status();
  }

  Result<const Stored*> Find(std::string_view key) const {
    const auto found = objects_.find(std::string(key));
    if (found == objects_.end()) return Fail(ErrorCode::kNotFound, std::string(key) + " does not exist");
    return &found->second;
  }

  Result<std::string> PutOnce(std::string_view key, std::string_view body, const io::S3Condition& condition) {
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(std::string(key));
    const bool is_there = found != objects_.end();
    const bool fails =
        (condition.if_absent && is_there) ||
        (!condition.if_match.empty() && (!is_there || found->second.object.etag != condition.if_match));
    if (fails && !ignores_conditions) {
      if (!is_there) return Fail(ErrorCode::kNotFound, "NoSuchKey");
      if (condition.failed) *condition.failed = true;
      return Fail(ErrorCode::kFailedPrecondition, "PreconditionFailed");
    }
    return StoreLocked(std::string(key), std::string(body), "");
  }

  std::string StoreLocked(const std::string& key, const std::string& bytes, const std::string& suffix) {
    const auto now = std::chrono::system_clock::now() + std::chrono::seconds(offset_seconds);
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
    const std::string etag = ToHex(Sha256Of(bytes)).substr(0, 32) + suffix;
    objects_[key] = {bytes, {bytes.size(), ns, etag}};
    return etag;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Stored> objects_;
  std::map<std::string, std::map<int, std::string>> uploads_;
  std::map<std::string, std::string> upload_keys_;
  std::vector<std::string> requests_;
  int count_ = 0;
};

}  // namespace fruits::test
