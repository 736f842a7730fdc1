// Since when a server has given no useful answer to anybody, so that requests which follow one another do not
// each wait for a dead one from the start.
//
//   outage.End();                          // an answer came
//   const auto since = outage.Since(now);  // none came: the outage begins now, unless it is on already
//
// Threads: any. Memory: small.
#pragma once

#include <atomic>
#include <chrono>

namespace fruits::io {

class Outage {
 public:
  void End() { since_ = kNone; }
  std::chrono::steady_clock::time_point Since(std::chrono::steady_clock::time_point now) {
    auto since = kNone;
    if (since_.compare_exchange_strong(since, now)) return now;
    return since;
  }

 private:
  static constexpr auto kNone = std::chrono::steady_clock::time_point::min();
  std::atomic<std::chrono::steady_clock::time_point> since_{kNone};
};

}  // namespace fruits::io
