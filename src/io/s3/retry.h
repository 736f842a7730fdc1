// Tries again what may work later, with growing, random pauses ("full jitter": Brooker, AWS Architecture
// Blog, 2015).
//
//   Status status = Retry(policy, stop, [&] { return TryOnce(); });
//
// Threads: any. Memory: none.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>

#include "fruits/core/error.h"
#include "io/s3/config.h"
#include "io/s3/outage.h"

namespace fruits::io {

struct Attempt {
  enum class Again {
    kNo,      // it worked, or no try will help
    kPause,   // after a pause
    kAtOnce,  // what was wrong is mended; the caller bounds how often
  };
  Status status{};
  Again again = Again::kNo;
  std::optional<std::chrono::milliseconds> retry_after{};  // the server's wish
};

// What tests replace.
struct RetryTime {
  std::function<std::chrono::steady_clock::time_point()> now;
  // False: stopped meanwhile.
  std::function<bool(std::chrono::milliseconds, const std::stop_token&)> sleep;
  std::function<double()> random;  // in [0, 1)
};
const RetryTime& RealTime();

// The n-th pause is random below min(last_pause, first_pause * 2^(n-1)), or the server's Retry-After up to
// last_pause. When give_up_after has passed since the first try began, or since the outage did that it is
// part of, the error is the last try's as kUnavailable, with how often and how long was tried. kCancelled as
// soon as `stop` is asked for.
Status Retry(const S3RetryPolicy& policy, Outage& outage, const std::stop_token& stop,
             const std::function<Attempt()>& attempt, const RetryTime& time = RealTime());

// True: the time has passed; false: stopped before.
bool PauseUnlessStopped(std::chrono::milliseconds pause, const std::stop_token& stop);

}  // namespace fruits::io
