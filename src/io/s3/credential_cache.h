// Credentials as they were found last, for all requests of a process: looked up again each minute, and at
// once when the server says that they have expired.
//
//   CredentialCache cache(find, first);
//   cache.Get();              // before each request
//   cache.Forget(expired);    // the server refused these
//
// One of those who ask looks them up. The others wait for that, but where the old ones may still work for a
// second at most. Threads: any. Memory: small.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "fruits/core/error.h"
#include "io/s3/config.h"

namespace fruits::io {

class CredentialCache {
 public:
  // `expired`: the last ones are of no use any more, so an answer is worth waiting for.
  using Find = std::function<Result<S3Credentials>(bool expired)>;
  CredentialCache(Find find, S3Credentials found);

  // The old ones where nothing else is found.
  Result<S3Credentials> Get();
  // True: Get() will look again. False: others were found since those were given.
  bool Forget(const S3Credentials& expired);

 private:
  using Clock = std::chrono::steady_clock;

  const Find find_;
  std::mutex mutex_;
  std::condition_variable found_any_;
  S3Credentials found_;
  Clock::time_point asked_;
  bool is_asking_ = false;
  bool is_stale_ = false;
};

}  // namespace fruits::io
