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

namespace fruits {

class Flow {
 public:
  explicit Flow(std::size_t window) : window_(window) {}

  // Waits until another photo may be issued; false: the flow was stopped. What it found lasts until the next
  // Issue().
  bool WaitForRoom() {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return stopped_ || issued_ - emitted_ < window_; });
    return !stopped_;
  }

  // The next photo's number; only after WaitForRoom(), by one thread at a time.
  std::size_t Issue() {
    std::lock_guard lock(mutex_);
    return issued_++;
  }

  // No more photos are issued.
  void End() {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }

  // True when no other photo can come before rows leave: a batch that waits must start now.
  bool Settle() {
    std::lock_guard lock(mutex_);
    ++settled_;
    return settled_ == issued_ && (ended_ || issued_ - emitted_ >= window_);
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

  std::size_t issued() const {
    std::lock_guard lock(mutex_);
    return issued_;
  }

  bool stopped() const {
    std::lock_guard lock(mutex_);
    return stopped_;
  }

 private:
  const std::size_t window_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::size_t issued_ = 0;
  std::size_t settled_ = 0;
  std::size_t emitted_ = 0;
  bool ended_ = false;
  bool stopped_ = false;
};

}  // namespace fruits
