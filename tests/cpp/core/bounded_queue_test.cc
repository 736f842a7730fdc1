#include "fruits/core/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace fruits {
namespace {

TEST(BoundedQueue, FirstInFirstOutAndDrainedAfterClose) {
  BoundedQueue<int> queue(3);
  EXPECT_TRUE(queue.Push(1));
  EXPECT_TRUE(queue.Push(2));
  queue.Close();
  EXPECT_FALSE(queue.Push(3));
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), 2);
  EXPECT_EQ(queue.Pop(), std::nullopt);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(BoundedQueue, CancelThrowsAwayWhatIsInside) {
  BoundedQueue<std::unique_ptr<int>> queue(3);
  EXPECT_TRUE(queue.Push(std::make_unique<int>(1)));
  queue.Cancel();
  EXPECT_FALSE(queue.Pop());
  EXPECT_FALSE(queue.Push(nullptr));
}

TEST(BoundedQueue, NeverHoldsMoreThanItsCapacity) {
  constexpr int kItems = 2000;
  BoundedQueue<int> queue(4);
  std::atomic<int> pushed = 0;
  std::thread producer([&] {
    for (int i = 0; i < kItems; ++i) {
      queue.Push(i);
      ++pushed;
    }
    queue.Close();
  });
  int popped = 0;
  while (auto item = queue.Pop()) {
    EXPECT_EQ(*item, popped);
    ++popped;
    EXPECT_LE(pushed - popped, 4);
  }
  producer.join();
  EXPECT_EQ(popped, kItems);
}

TEST(BoundedQueue, ManyProducersAndConsumersLoseNothing) {
  constexpr int kThreads = 3;
  constexpr int kItems = 3000;
  BoundedQueue<int> queue(2);
  std::vector<std::thread> producers;
  for (int t = 0; t < kThreads; ++t) {
    producers.emplace_back([&, t] {
      for (int i = t; i < kItems; i += kThreads) queue.Push(i);
    });
  }
  std::vector<std::atomic<int>> seen(kItems);
  std::vector<std::thread> consumers;
  for (int t = 0; t < kThreads; ++t) {
    consumers.emplace_back([&] {
      while (auto item = queue.Pop()) ++seen[static_cast<std::size_t>(*item)];
    });
  }
  for (auto& thread : producers) thread.join();
  queue.Close();
  for (auto& thread : consumers) thread.join();
  for (int i = 0; i < kItems; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], 1) << i;
}

TEST(BoundedQueue, CloseWakesThoseWhoWait) {
  BoundedQueue<int> full(1);
  BoundedQueue<int> empty(1);
  ASSERT_TRUE(full.Push(1));
  std::thread pusher([&] { EXPECT_FALSE(full.Push(2)); });
  std::thread popper([&] { EXPECT_FALSE(empty.Pop()); });
  full.Close();
  empty.Close();
  pusher.join();
  popper.join();
}

}  // namespace
}  // namespace fruits
