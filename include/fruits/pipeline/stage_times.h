// What the stages of a run have done so far, for whoever watches it: seconds that each stage's threads
// worked, summed over threads, bytes, and what waits between them. A run adds; anybody may read at any time.
//
//   StageTimes times;
//   Run(options, {.times = &times});   // times.bytes_read from another thread meanwhile
//
// Threads: any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace fruits {

struct StageTimes {
  using Clock = std::chrono::steady_clock;
  std::atomic<std::int64_t> read_ns{0};
  std::atomic<std::int64_t> decode_ns{0};
  std::atomic<std::int64_t> resize_ns{0};
  std::atomic<std::int64_t> thumbnail_ns{0};
  std::atomic<std::int64_t> wait_for_slot_ns{0};
  std::atomic<std::int64_t> first_features_ns{0};  // Clock's time; 0: none yet
  std::atomic<std::uint64_t> bytes_read{0};        // of photos
  std::atomic<std::int64_t> waiting_to_decode{0};  // photos that are read
  std::atomic<std::int64_t> in_flight{0};          // photos between the listing and their place in the output

  static std::int64_t Now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
  }
};

// Adds the time until its end to a stage.
class StageTimer {
 public:
  explicit StageTimer(std::atomic<std::int64_t>& total) : total_(total), begin_(StageTimes::Now()) {}
  ~StageTimer() { total_.fetch_add(StageTimes::Now() - begin_, std::memory_order_relaxed); }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  std::atomic<std::int64_t>& total_;
  const std::int64_t begin_;
};

}  // namespace fruits
