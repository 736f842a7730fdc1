// A bound on the bytes of files held at once. A file larger than the whole budget passes alone.
// Threads: any.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace fruits {

class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t bytes) : free_(bytes), whole_(bytes) {}

  // Waits until `bytes` are free; what it returns must be given back.
  std::uint64_t Take(std::uint64_t bytes) {
    const std::uint64_t share = std::min(bytes, whole_);
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [&] { return free_ >= share; });
    free_ -= share;
    return share;
  }

  void Give(std::uint64_t share) {
    {
      std::lock_guard lock(mutex_);
      free_ += share;
    }
    freed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::uint64_t free_;
  const std::uint64_t whole_;
};

}  // namespace fruits
