// Keeps the photos between reading and their place in the output within a window, so that one slow photo
// cannot make the rows behind it pile up, and says when a batch that is not full must go: when nothing more
// can come to fill it.
//
// Every photo is issued once, settled once (it is in a batch, or rejected) and emitted once (its row has left
// in order). Threads: any.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>

namespace fruits {

class Flow {
 public:
  Flow(std::size_t total, std::size_t window) : total_(total), window_(window) {}

  // The next photo's number, once there is room; empty when all are issued or the flow was stopped.
  std::optional<std::size_t> Issue() {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return stopped_ || issued_ == total_ || issued_ - emitted_ < window_; });
    if (stopped_ || issued_ == total_) return std::nullopt;
    return issued_++;
  }

  // True when no other photo can come before rows leave: a batch that waits must start now.
  bool Settle() {
    std::lock_guard lock(mutex_);
    ++settled_;
    return settled_ == issued_ && (issued_ == total_ || issued_ - emitted_ >= window_);
  }

  void Emit(std::size_t count) {
    {
      std::lock_guard lock(mutex_);
      emitted_ += count;
    }
    room_.notify_all();
  }

  void Stop() {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    room_.notify_all();
  }

  bool stopped() const {
    std::lock_guard lock(mutex_);
    return stopped_;
  }

 private:
  const std::size_t total_;
  const std::size_t window_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::size_t issued_ = 0;
  std::size_t settled_ = 0;
  std::size_t emitted_ = 0;
  bool stopped_ = false;
};

}  // namespace fruits
