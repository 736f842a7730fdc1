#include "io/s3/retry.h"

#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

namespace fruits::io {
namespace {

using std::chrono::milliseconds;

double Random() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

milliseconds NextPause(const S3RetryPolicy& policy, const Attempt& attempt, int tries, double random) {
  if (attempt.retry_after) return std::clamp(*attempt.retry_after, milliseconds(0), policy.last_pause);
  milliseconds bound = policy.first_pause;
  for (int i = 1; i < tries && bound < policy.last_pause; ++i) bound *= 2;
  bound = std::min(bound, policy.last_pause);
  return milliseconds(static_cast<milliseconds::rep>(random * static_cast<double>(bound.count() + 1)));
}

}  // namespace

bool PauseUnlessStopped(milliseconds pause, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, pause, [] { return false; });
  return !stop.stop_requested();
}

const RetryTime& RealTime() {
  static const RetryTime time{std::chrono::steady_clock::now, PauseUnlessStopped, Random};
  return time;
}

Status Retry(const S3RetryPolicy& policy, Outage& outage, const std::stop_token& stop,
             const std::function<Attempt()>& attempt, const RetryTime& time) {
  const auto start = time.now();
  for (int tries = 1;; ++tries) {
    if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped");
    Attempt result = attempt();
    if (result.again != Attempt::Again::kPause) outage.End();
    if (result.status || result.again == Attempt::Again::kNo) return std::move(result.status);
    if (result.again == Attempt::Again::kAtOnce) continue;
    const auto now = time.now();
    const auto spent = std::chrono::duration_cast<milliseconds>(now - start);
    const auto without_answer = std::chrono::duration_cast<milliseconds>(now - outage.Since(now));
    const milliseconds left = policy.give_up_after - std::max(spent, without_answer);
    if (left <= milliseconds(0)) {
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("{}; tried {} times in {:.1f} s", result.status.error().message(), tries,
                              std::chrono::duration<double>(spent).count()));
    }
    const milliseconds pause = std::min(left, NextPause(policy, result, tries, time.random()));
    if (!time.sleep(pause, stop)) return Fail(ErrorCode::kCancelled, "stopped");
  }
}

}  // namespace fruits::io
