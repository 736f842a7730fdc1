#include "io/s3/credential_cache.h"

#include <utility>

#include "fruits/core/guard.h"

namespace fruits::io {
namespace {

constexpr std::chrono::seconds kAskAgainAfter{60};
constexpr std::chrono::seconds kPatience{1};  // with a look for newer keys, while the old ones may still work

}  // namespace

CredentialCache::CredentialCache(Find find, S3Credentials found)
    : find_(std::move(find)), found_(std::move(found)), asked_(Clock::now()) {}

Result<S3Credentials> CredentialCache::Get() {
  std::unique_lock lock(mutex_);
  found_any_.wait(lock, [this] { return !(is_stale_ && is_asking_); });
  const bool is_fresh = !is_stale_ && Clock::now() - asked_ < kAskAgainAfter;
  if (is_fresh) return found_;
  if (is_asking_) {
    found_any_.wait_for(lock, kPatience, [this] { return !is_asking_; });
    return found_;
  }
  is_asking_ = true;
  const bool expired = is_stale_;
  lock.unlock();
  Result<S3Credentials> again = Guard([&] { return find_(expired); });
  lock.lock();
  is_asking_ = false;
  // The old ones may have expired while this was under way, and be what it found.
  if (expired) is_stale_ = false;
  asked_ = Clock::now();
  // A file that is being rewritten or a role's server that is away does not take away what still works.
  if (again && !again->access_key.empty()) found_ = std::move(*again);
  found_any_.notify_all();
  return found_;
}

bool CredentialCache::Forget(const S3Credentials& expired) {
  const std::lock_guard lock(mutex_);
  const bool is_last =
      expired.access_key == found_.access_key && expired.session_token == found_.session_token;
  if (!is_last || is_stale_) return false;
  is_stale_ = true;
  return true;
}

}  // namespace fruits::io
