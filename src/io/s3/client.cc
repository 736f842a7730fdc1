#include "io/s3/client.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "fruits/io/uri.h"
#include "io/s3/answer.h"
#include "io/s3/connection.h"
#include "io/s3/object_headers.h"
#include "io/s3/request.h"
#include "io/s3/retry.h"
#include "io/s3/xml.h"

namespace fruits::io {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

std::string Address(std::string_view bucket, std::string_view key) {
  return Uri{Scheme::kS3, std::string(bucket), std::string(key)}.ToString();
}

std::string_view AsText(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string Quoted(std::string_view etag) { return fmt::format("\"{}\"", etag); }

// What a call left beside its Status.
struct Outcome {
  HttpAnswer answer{};
  std::string code{};  // the server's, of the last try that failed
  bool condition_failed = false;
  bool was_lost = false;  // a try before the last had no answer and may have done its work
};

// Looks at a 2xx answer; kCorrupt is tried again.
using Accept = std::function<Status(const HttpAnswer& answer)>;

class RealS3Client : public S3Client {
 public:
  RealS3Client(S3Config config, Endpoint endpoint, std::stop_token stop)
      : config_(std::move(config)),
        endpoint_(std::move(endpoint)),
        stop_(std::move(stop)),
        pool_({config_.ca_bundle, config_.connect_timeout, config_.stall_timeout}) {}

  Result<S3Object> Get(std::string_view bucket, std::string_view key, const S3GetOptions& options,
                       std::vector<std::byte>& body) override;
  Result<S3Object> Head(std::string_view bucket, std::string_view key) override;
  Result<S3Page> List(std::string_view bucket, const S3ListRequest& request) override;
  Result<std::string> Put(std::string_view bucket, std::string_view key, std::string_view body,
                          const S3Condition& condition) override;
  Status Delete(std::string_view bucket, std::string_view key) override;
  Result<std::string> BeginUpload(std::string_view bucket, std::string_view key) override;
  Result<std::string> UploadPart(std::string_view bucket, std::string_view key, std::string_view upload,
                                 int part, std::string_view body) override;
  Status CompleteUpload(std::string_view bucket, std::string_view key, std::string_view upload,
                        std::span<const std::string> etags) override;
  Status AbortUpload(std::string_view bucket, std::string_view key, std::string_view upload) override;
  Result<std::vector<S3Upload>> ListUploads(std::string_view bucket, std::string_view prefix) override;
  seconds ClockOffset() const override { return seconds(clock_offset_.load()); }

 private:
  // What may be mended once in a call.
  struct Mended {
    bool clock = false;
    bool credentials = false;
    bool region = false;
    S3Credentials used{};  // of the last try
  };

  Status Call(const S3Operation& operation, std::vector<std::byte>* body, Outcome& outcome,
              const Accept& accept = {});
  Attempt Try(const S3Operation& operation, std::vector<std::byte>* body, Outcome& outcome,
              const Accept& accept, Mended& mended);
  Attempt Mend(const S3Operation& operation, Verdict verdict, Outcome& outcome, Mended& mended);
  std::string RegionOf(const std::string& bucket);
  void NoteClock(const HttpAnswer& answer);
  Status CheckBucket(std::string_view bucket);

  const S3Config config_;
  const Endpoint endpoint_;
  const std::stop_token stop_;
  ConnectionPool pool_;
  std::atomic<std::int64_t> clock_offset_{0};  // seconds
  std::atomic<std::int64_t> clock_mended_{0};  // what requests are dated with, once the server complained
  std::mutex mutex_;
  std::map<std::string, std::string> regions_;  // of buckets that are elsewhere
  std::set<std::string, std::less<>> buckets_;  // seen to exist
};

std::string RealS3Client::RegionOf(const std::string& bucket) {
  const std::lock_guard lock(mutex_);
  const auto found = regions_.find(bucket);
  return found == regions_.end() ? config_.region : found->second;
}

void RealS3Client::NoteClock(const HttpAnswer& answer) {
  if (const auto date = ParseHttpDate(answer.Header("date"))) {
    clock_offset_ =
        std::chrono::floor<seconds>(*date - std::chrono::floor<seconds>(system_clock::now())).count();
  }
}

Attempt RealS3Client::Mend(const S3Operation& operation, Verdict verdict, Outcome& outcome, Mended& mended) {
  outcome.code = std::move(verdict.code);
  const auto once = [&](bool& done, const std::function<void()>& mend) -> Attempt {
    if (std::exchange(done, true)) return {std::unexpected(std::move(verdict.error)), Attempt::Again::kNo};
    mend();
    return {std::unexpected(std::move(verdict.error)), Attempt::Again::kAtOnce};
  };
  switch (verdict.kind) {
    case Verdict::Kind::kRetry:
      return {std::unexpected(std::move(verdict.error)), Attempt::Again::kPause, verdict.retry_after};
    case Verdict::Kind::kSkewed:
      return once(mended.clock, [this] { clock_mended_ = clock_offset_.load(); });
    case Verdict::Kind::kExpired:
      return once(mended.credentials, [&] {
        if (config_.forget_credentials) config_.forget_credentials(mended.used);
      });
    case Verdict::Kind::kRegion:
      return once(mended.region, [&] {
        const std::lock_guard lock(mutex_);
        regions_[operation.bucket] = verdict.region;
      });
    case Verdict::Kind::kConditionFailed:
      outcome.condition_failed = true;
      [[fallthrough]];
    default:
      return {std::unexpected(std::move(verdict.error)), Attempt::Again::kNo};
  }
}

Attempt RealS3Client::Try(const S3Operation& operation, std::vector<std::byte>* body, Outcome& outcome,
                          const Accept& accept, Mended& mended) {
  S3Credentials credentials;
  if (config_.credentials) {
    auto asked = config_.credentials();
    if (!asked) return {std::unexpected(asked.error()), Attempt::Again::kNo};
    credentials = std::move(*asked);
    mended.used = credentials;
  }
  const S3Target target{endpoint_, RegionOf(operation.bucket), config_.path_style};
  const HttpRequest request =
      BuildRequest(operation, target, credentials, system_clock::now() + seconds(clock_mended_.load()));
  outcome.answer = pool_.Send(request, body, stop_);
  outcome.code.clear();
  NoteClock(outcome.answer);
  const std::string address = Address(operation.bucket, operation.key);
  if (outcome.answer.IsSuccess()) {
    Status status = accept ? accept(outcome.answer) : Status();
    if (status) return {};
    const bool again = status.error().code() == ErrorCode::kCorrupt;
    outcome.was_lost |= again;
    return {std::unexpected(status.error().WithContext(address)),
            again ? Attempt::Again::kPause : Attempt::Again::kNo};
  }
  Question question{.address = address,
                    .method = operation.method,
                    .region = target.region,
                    .is_aws = endpoint_.host.empty(),
                    .credentials = std::move(credentials),
                    .clock_offset = ClockOffset()};
  for (const auto& header : operation.headers) {
    question.is_conditional |= header.first == "if-match" || header.first == "if-none-match";
  }
  outcome.was_lost |= outcome.answer.fault != HttpFault::kNone || outcome.answer.status >= 500;
  return Mend(operation, Judge(outcome.answer, question), outcome, mended);
}

Status RealS3Client::Call(const S3Operation& operation, std::vector<std::byte>* body, Outcome& outcome,
                          const Accept& accept) {
  Mended mended;
  Status status = Guard([&]() -> Status {
    return Retry(config_.retry, *config_.outage, stop_,
                 [&] { return Try(operation, body, outcome, accept, mended); });
  });
  const bool exists = status || outcome.code == "NoSuchKey";
  if (exists) {
    const std::lock_guard lock(mutex_);
    if (!buckets_.contains(operation.bucket)) buckets_.insert(operation.bucket);
  }
  return status;
}

// A HEAD's 404 does not say whether the key or the bucket is missing; one list of one key does, once.
Status RealS3Client::CheckBucket(std::string_view bucket) {
  {
    const std::lock_guard lock(mutex_);
    if (buckets_.contains(bucket)) return {};
  }
  std::vector<std::byte> body;
  Outcome outcome;
  const S3Operation operation{
      .method = "GET", .bucket = std::string(bucket), .query = {{"list-type", "2"}, {"max-keys", "1"}}};
  Status status = Call(operation, &body, outcome);
  // Who may read keys may still not list them.
  if (!status && outcome.answer.status == 403 && outcome.code == "AccessDenied") return {};
  return status;
}

Result<S3Object> RealS3Client::Get(std::string_view bucket, std::string_view key, const S3GetOptions& options,
                                   std::vector<std::byte>& body) {
  S3Operation operation{.method = "GET",
                        .bucket = std::string(bucket),
                        .key = std::string(key),
                        .max_bytes = options.max_bytes};
  if (!options.if_match.empty()) operation.headers.emplace_back("if-match", Quoted(options.if_match));
  if (options.length > 0) {
    const std::uint64_t last = options.offset + options.length - 1;
    operation.headers.emplace_back("range", fmt::format("bytes={}-{}", options.offset, last));
  }
  std::uint64_t size_bytes = 0;
  Outcome outcome;
  const auto accept = [&](const HttpAnswer& answer) -> Status {
    size_bytes = body.size();
    if (options.length == 0) return {};
    FRUITS_TRY(size_bytes, WholeSize(answer, options, body.size()));
    return {};
  };
  Status status = Call(operation, &body, outcome, accept);
  if (outcome.condition_failed && options.changed != nullptr) *options.changed = true;
  if (!status) return std::unexpected(std::move(status).error());
  return ObjectOf(outcome.answer, size_bytes);
}

Result<S3Object> RealS3Client::Head(std::string_view bucket, std::string_view key) {
  Outcome outcome;
  std::uint64_t size_bytes = 0;
  const S3Operation operation{.method = "HEAD", .bucket = std::string(bucket), .key = std::string(key)};
  Status status = Call(operation, nullptr, outcome, [&](const HttpAnswer& answer) -> Status {
    const auto size = ParseSize(answer.Header("content-length"));
    if (!size) return Fail(ErrorCode::kCorrupt, "an answer without Content-Length");
    size_bytes = *size;
    return {};
  });
  if (!status) {
    if (status.error().code() == ErrorCode::kNotFound) FRUITS_CHECK(CheckBucket(bucket));
    return std::unexpected(std::move(status).error());
  }
  return ObjectOf(outcome.answer, size_bytes);
}

Result<S3Page> RealS3Client::List(std::string_view bucket, const S3ListRequest& request) {
  S3Operation operation{.method = "GET",
                        .bucket = std::string(bucket),
                        .query = {{"list-type", "2"},
                                  {"encoding-type", "url"},
                                  {"prefix", request.prefix},
                                  {"max-keys", fmt::format("{}", request.max_keys)}}};
  if (!request.delimiter.empty()) operation.query.emplace_back("delimiter", request.delimiter);
  if (!request.token.empty()) operation.query.emplace_back("continuation-token", request.token);
  std::vector<std::byte> body;
  S3Page page;
  Outcome outcome;
  FRUITS_CHECK(Call(operation, &body, outcome, [&](const HttpAnswer&) -> Status {
    FRUITS_TRY(page, ParseListing(AsText(body)));
    return {};
  }));
  return page;
}

Result<std::string> RealS3Client::Put(std::string_view bucket, std::string_view key, std::string_view body,
                                      const S3Condition& condition) {
  S3Operation operation{
      .method = "PUT", .bucket = std::string(bucket), .key = std::string(key), .body = body};
  if (condition.if_absent) operation.headers.emplace_back("if-none-match", "*");
  if (!condition.if_match.empty()) operation.headers.emplace_back("if-match", Quoted(condition.if_match));
  Outcome outcome;
  Status status = Call(operation, nullptr, outcome);
  if (outcome.condition_failed && condition.failed != nullptr) *condition.failed = true;
  if (!status) return std::unexpected(std::move(status).error());
  return EtagOf(outcome.answer);
}

Status RealS3Client::Delete(std::string_view bucket, std::string_view key) {
  Outcome outcome;
  const S3Operation operation{.method = "DELETE", .bucket = std::string(bucket), .key = std::string(key)};
  Status status = Call(operation, nullptr, outcome);
  if (!status && status.error().code() == ErrorCode::kNotFound) return {};
  return status;
}

Result<std::string> RealS3Client::BeginUpload(std::string_view bucket, std::string_view key) {
  const S3Operation operation{
      .method = "POST", .bucket = std::string(bucket), .key = std::string(key), .query = {{"uploads", ""}}};
  std::vector<std::byte> body;
  std::string upload;
  Outcome outcome;
  FRUITS_CHECK(Call(operation, &body, outcome, [&](const HttpAnswer&) -> Status {
    FRUITS_TRY(upload, ParseChild(AsText(body), "InitiateMultipartUploadResult", "UploadId"));
    return {};
  }));
  return upload;
}

Result<std::string> RealS3Client::UploadPart(std::string_view bucket, std::string_view key,
                                             std::string_view upload, int part, std::string_view body) {
  const S3Operation operation{
      .method = "PUT",
      .bucket = std::string(bucket),
      .key = std::string(key),
      .query = {{"partNumber", fmt::format("{}", part)}, {"uploadId", std::string(upload)}},
      .body = body};
  Outcome outcome;
  FRUITS_CHECK(Call(operation, nullptr, outcome, [](const HttpAnswer& answer) -> Status {
    if (EtagOf(answer).empty()) return Fail(ErrorCode::kCorrupt, "an answer without ETag");
    return {};
  }));
  return EtagOf(outcome.answer);
}

// S3 sends "200 OK" before it is done; the body then says how it went.
Status AcceptCompleted(std::string_view body, const S3Credentials& nobody) {
  if (const auto error = ParseError(body)) {
    return Fail(ErrorCode::kCorrupt, WithoutSecrets(error->code + ": " + error->message, nobody));
  }
  FRUITS_CHECK(ParseChild(body, "CompleteMultipartUploadResult", "ETag"));
  return {};
}

Status RealS3Client::CompleteUpload(std::string_view bucket, std::string_view key, std::string_view upload,
                                    std::span<const std::string> etags) {
  std::string text = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < etags.size(); ++i) {
    text +=
        fmt::format("<Part><PartNumber>{}</PartNumber><ETag>&quot;{}&quot;</ETag></Part>", i + 1, etags[i]);
  }
  text += "</CompleteMultipartUpload>";
  const S3Operation operation{.method = "POST",
                              .bucket = std::string(bucket),
                              .key = std::string(key),
                              .query = {{"uploadId", std::string(upload)}},
                              .body = text};
  std::vector<std::byte> body;
  Outcome outcome;
  Status status =
      Call(operation, &body, outcome, [&](const HttpAnswer&) { return AcceptCompleted(AsText(body), {}); });
  if (status || outcome.code != "NoSuchUpload" || !outcome.was_lost) return status;
  // The upload is gone: was it the try whose answer was lost that completed it?
  const std::string expected = EtagOfParts(etags);
  const Result<S3Object> object = Head(bucket, key);
  if (object && !expected.empty() && object->etag == expected) return {};
  return status;
}

Status RealS3Client::AbortUpload(std::string_view bucket, std::string_view key, std::string_view upload) {
  const S3Operation operation{.method = "DELETE",
                              .bucket = std::string(bucket),
                              .key = std::string(key),
                              .query = {{"uploadId", std::string(upload)}}};
  Outcome outcome;
  Status status = Call(operation, nullptr, outcome);
  if (!status && outcome.code == "NoSuchUpload") return {};
  return status;
}

Result<std::vector<S3Upload>> RealS3Client::ListUploads(std::string_view bucket, std::string_view prefix) {
  std::vector<S3Upload> uploads;
  S3UploadPage page;
  do {
    S3Operation operation{
        .method = "GET",
        .bucket = std::string(bucket),
        .query = {{"uploads", ""}, {"encoding-type", "url"}, {"prefix", std::string(prefix)}}};
    if (!page.next_key.empty()) operation.query.emplace_back("key-marker", page.next_key);
    if (!page.next_upload.empty()) operation.query.emplace_back("upload-id-marker", page.next_upload);
    std::vector<std::byte> body;
    Outcome outcome;
    FRUITS_CHECK(Call(operation, &body, outcome, [&](const HttpAnswer&) -> Status {
      FRUITS_TRY(page, ParseUploads(AsText(body)));
      return {};
    }));
    std::ranges::move(page.uploads, std::back_inserter(uploads));
  } while (!page.next_key.empty());
  return uploads;
}

}  // namespace

Result<std::shared_ptr<S3Client>> S3Client::Create(S3Config config, std::stop_token stop) {
  return Guard([&]() -> Result<std::shared_ptr<S3Client>> {
    FRUITS_TRY(Endpoint endpoint, ParseEndpoint(config.endpoint, "the S3 endpoint"));
    if (config.region.empty()) config.region = "us-east-1";
    return std::make_shared<RealS3Client>(std::move(config), std::move(endpoint), std::move(stop));
  });
}

}  // namespace fruits::io
