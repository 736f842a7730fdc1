// A first-in first-out queue that holds at most `capacity` items: the brake between two stages.
//
//   BoundedQueue<Photo> photos(64);
//   producer: while (more) if (!photos.Push(next())) return;   // false: closed, the item was not taken
//             photos.Close();
//   consumer: while (auto photo = photos.Pop()) use(*photo);   // empty: closed and drained
//
// Threads: any number of producers and consumers. Memory: at most `capacity` items.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace fruits {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  // Waits for room. False once the queue is closed.
  bool Push(T item) {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    lock.unlock();
    has_item_.notify_one();
    return true;
  }

  // Waits for an item. Empty once the queue is closed and drained.
  std::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    has_item_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    lock.unlock();
    has_room_.notify_one();
    return item;
  }

  // No more items come; those inside can still be popped. The closing thread is done with the queue before
  // anyone can see that it is closed, so whoever then finds it drained may destroy it.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    has_room_.notify_all();
    has_item_.notify_all();
  }

  // Closes and throws away what is inside: for stopping early.
  void Cancel() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    items_.clear();
    has_room_.notify_all();
    has_item_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable has_room_;
  std::condition_variable has_item_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace fruits
