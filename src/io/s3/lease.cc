#include "io/s3/lease.h"

#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "io/s3/lease_text.h"
#include "io/s3/process_mark.h"

namespace fruits::io {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

// Rounds of looking and writing before two runs that keep passing each other give up.
constexpr int kMostTries = 10;
constexpr std::string_view kNoSuchEtag = "00000000000000000000000000000000";

std::string RandomId() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

double Seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

// A lease as the server has it.
struct Found {
  LeaseText text;
  std::string etag;
  double age_seconds = 0;
  double left_seconds = 0;  // until it expires; negative: expired
};

// None: there is no lease.
Result<std::optional<Found>> Look(S3Client& client, const std::string& bucket, const std::string& key,
                                  const S3LeaseOptions& options) {
  std::vector<std::byte> bytes;
  auto object = client.Get(bucket, key, {}, bytes);
  if (!object && object.error().code() == ErrorCode::kNotFound) return std::nullopt;
  if (!object) return std::unexpected(std::move(object).error());
  Found found;
  found.text = LeaseText::Parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                                Seconds(options.expires_after));
  found.etag = std::move(object->etag);
  const auto now = system_clock::now() + client.ClockOffset() - system_clock::time_point();
  const auto age = duration_cast<std::chrono::nanoseconds>(now) - std::chrono::nanoseconds(object->mtime_ns);
  found.age_seconds = std::max(0.0, static_cast<double>(age.count()) * 1e-9);
  found.left_seconds = found.text.expires_seconds + Seconds(options.clock_slack) - found.age_seconds;
  if (IsKnownDead(found.text.process)) found.left_seconds = -1;
  return found;
}

class S3Lease : public Lease {
 public:
  S3Lease(std::shared_ptr<S3Client> client, std::string bucket, std::string key, std::string address,
          std::string holder, const S3LeaseOptions& options)
      : client_(std::move(client)),
        bucket_(std::move(bucket)),
        key_(std::move(key)),
        address_(std::move(address)),
        options_(options) {
    text_.holder = std::move(holder);
    text_.run_id = RandomId();
    text_.process = ProcessMark();
    text_.expires_seconds = Seconds(options_.expires_after);
  }

  ~S3Lease() override {
    if (!renewer_.joinable()) return;  // never taken
    renewer_.request_stop();
    renewer_.join();
    Release();
  }

  Status Take() {
    for (int round = 0; round < kMostTries; ++round) {
      FRUITS_TRY(const bool taken, TakeOnce());
      if (!taken) continue;
      FRUITS_CHECK(CheckConditionsWork());
      renewer_ = std::jthread([this](const std::stop_token& stop) { KeepRenewing(stop); });
      return {};
    }
    return Fail(
        ErrorCode::kFailedPrecondition,
        fmt::format("{}: other runs keep taking and leaving its lease; none was to be had", address_));
  }

  Status Check() const override {
    const std::scoped_lock lock(mutex_);
    FRUITS_CHECK(lost_);
    const auto since = steady_clock::now() - renewed_at_;
    if (since <= options_.expires_after) return {};
    return Fail(ErrorCode::kUnavailable,
                fmt::format("the lease on {} could not be renewed for {} s and may be another run's: {}",
                            address_, duration_cast<seconds>(since).count(), last_error_));
  }

 private:
  // What a conditional write did.
  enum class Wrote { kYes, kConditionFailed };

  // Writes our text. A try whose answer was lost makes the next one's condition fail: then what is there
  // tells.
  Result<Wrote> Write(S3Condition condition) {
    const auto sent_at = steady_clock::now();
    const std::string now = UtcText(system_clock::now() + client_->ClockOffset());
    if (text_.taken.empty()) text_.taken = now;
    text_.renewed = now;
    ++text_.renewals;
    bool failed = false;
    condition.failed = &failed;
    auto etag = client_->Put(bucket_, key_, text_.ToJson(), condition);
    // If-Match on an object that is gone is a 404.
    if (!etag && !failed && etag.error().code() != ErrorCode::kNotFound) {
      return std::unexpected(std::move(etag).error());
    }
    if (etag) {
      Hold(std::move(*etag), sent_at);
      return Wrote::kYes;
    }
    FRUITS_TRY(const auto found, Look(*client_, bucket_, key_, options_));
    if (!found || found->text.run_id != text_.run_id) return Wrote::kConditionFailed;
    Hold(found->etag, sent_at);
    return Wrote::kYes;
  }

  void Hold(std::string etag, steady_clock::time_point sent_at) {
    etag_ = std::move(etag);
    const std::scoped_lock lock(mutex_);
    renewed_at_ = sent_at;
    last_error_.clear();
  }

  // False: it changed between looking and writing. Looks first: a server without conditions must overwrite
  // nothing.
  Result<bool> TakeOnce() {
    FRUITS_TRY(const auto found, Look(*client_, bucket_, key_, options_));
    if (found && found->left_seconds > 0) return Held(*found);
    auto wrote = found ? Write({.if_match = found->etag}) : Write({.if_absent = true});
    if (!wrote) return std::unexpected(NamedForConditions(wrote.error()));
    return *wrote == Wrote::kYes;
  }

  std::unexpected<Error> Held(const Found& found) const {
    return Fail(
        ErrorCode::kFailedPrecondition,
        fmt::format(
            "{} is in use by {}, since {} (last sign of life {:.0f} s ago); expected a folder that no "
            "other run writes to. If that run was killed, its lease ends in {:.0f} s",
            address_, found.text.holder, found.text.taken, found.age_seconds, found.left_seconds + 0.5));
  }

  // A condition that cannot hold must fail. Where it does not, our own text was overwritten by itself.
  Status CheckConditionsWork() {
    bool failed = false;
    const auto etag = client_->Put(bucket_, key_, text_.ToJson(),
                                   {.if_match = std::string(kNoSuchEtag), .failed = &failed});
    if (failed || (!etag && etag.error().code() == ErrorCode::kNotFound)) return {};
    static_cast<void>(client_->Delete(bucket_, key_));
    if (!etag) return std::unexpected(NamedForConditions(etag.error()));
    return Fail(ErrorCode::kFailedPrecondition, NeedsConditions());
  }

  std::string NeedsConditions() const {
    return fmt::format(
        "{}: the server does not do conditional writes (If-Match), without which two runs could write "
        "into one folder; use another server, or a local folder for the output",
        address_);
  }

  Error NamedForConditions(const Error& error) const {
    const bool unknown = error.message().find("NotImplemented") != std::string::npos ||
                         error.message().find(" 501") != std::string::npos;
    if (!unknown) return error.WithContext(fmt::format("while taking the lease on {}", address_));
    return Error(ErrorCode::kFailedPrecondition, NeedsConditions()).WithContext(error.message());
  }

  void KeepRenewing(const std::stop_token& stop) {
    auto pause = options_.renew_every;
    while (true) {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, pause, [] { return false; });
      lock.unlock();
      if (stop.stop_requested()) return;
      const Status renewed = Guard([this] { return Renew(); });
      pause = renewed ? options_.renew_every : options_.renew_every / 4;
      lock.lock();
      if (!renewed) last_error_ = renewed.error().message();
      if (!lost_) return;
    }
  }

  // An error: not known. Otherwise ours again, or lost_ says whose it is.
  Status Renew() {
    FRUITS_TRY(Wrote wrote, Write({.if_match = etag_}));
    if (wrote == Wrote::kYes) return {};
    FRUITS_TRY(auto found, Look(*client_, bucket_, key_, options_));
    if (!found) {
      // Removed by a delayed DELETE of the run before: whoever writes it now has it.
      FRUITS_TRY(wrote, Write({.if_absent = true}));
      if (wrote == Wrote::kYes) return {};
      FRUITS_TRY(found, Look(*client_, bucket_, key_, options_));
    }
    const std::scoped_lock lock(mutex_);
    lost_ = Fail(
        ErrorCode::kFailedPrecondition,
        fmt::format("the lease on {} was not renewed in time and was taken by {}", address_,
                    found ? fmt::format("{} at {}", found->text.holder, found->text.taken) : "another run"));
    return {};
  }

  // Deletes it if it is ours. Whatever goes wrong, it expires by itself.
  void Release() {
    if (!lost_) return;
    if (steady_clock::now() - renewed_at_ > options_.expires_after / 2 && (!Renew() || !lost_)) return;
    const auto object = client_->Head(bucket_, key_);
    if (!object) return;
    if (object->etag != etag_) {
      const auto found = Look(*client_, bucket_, key_, options_);
      if (!found || !*found || (*found)->text.run_id != text_.run_id) return;
    }
    static_cast<void>(client_->Delete(bucket_, key_));
  }

  const std::shared_ptr<S3Client> client_;
  const std::string bucket_;
  const std::string key_;
  const std::string address_;
  const S3LeaseOptions options_;
  // Of the thread that took it, then of the renewer, then of the destructor.
  LeaseText text_;
  std::string etag_;

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  Status lost_;                          // guarded by mutex_, as the next two
  steady_clock::time_point renewed_at_;  // when the last renewal was sent
  std::string last_error_;
  std::jthread renewer_;
};

}  // namespace

Result<std::unique_ptr<Lease>> TakeS3Lease(std::shared_ptr<S3Client> client, std::string bucket,
                                           std::string key, std::string address, std::string holder,
                                           const S3LeaseOptions& options) {
  return Guard([&]() -> Result<std::unique_ptr<Lease>> {
    auto lease = std::make_unique<S3Lease>(std::move(client), std::move(bucket), std::move(key),
                                           std::move(address), std::move(holder), options);
    FRUITS_CHECK(lease->Take());
    return lease;
  });
}

Result<std::optional<std::string>> S3LeaseHolder(S3Client& client, const std::string& bucket,
                                                 const std::string& key, const S3LeaseOptions& options) {
  FRUITS_TRY(auto found, Look(client, bucket, key, options));
  if (!found || found->left_seconds <= 0) return std::nullopt;
  return std::move(found->text.holder);
}

}  // namespace fruits::io
