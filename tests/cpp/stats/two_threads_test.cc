#include "stats/two_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace fruits {
namespace {

// Each part runs once and sees what both parts of the run before it have written.
void RunMany(TwoThreads& both, int count) {
  int first = 0, second = 0;
  for (int i = 0; i < count; ++i) {
    const int sum = first + second;
    both.Run(
        [&] {
          first = sum + 1;
          if (i % 3 == 0) std::this_thread::yield();  // or the helper is never the first
        },
        [&] { second = sum + 2; });
    ASSERT_EQ(first, sum + 1);
    ASSERT_EQ(second, sum + 2);
    first = second = i;
  }
}

TEST(TwoThreads, RunsBothPartsOnce) {
  TwoThreads both;
  RunMany(both, 50'000);
}

TEST(TwoThreads, WakesAHelperThatSleeps) {
  TwoThreads both;
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    RunMany(both, 3);
  }
}

TEST(TwoThreads, WaitsForALongSecondPart) {
  TwoThreads both;
  std::atomic<bool> begun = false;
  bool done = false;
  both.Run([&] { begun.wait(false); },
           [&] {
             begun = true;
             begun.notify_one();
             std::this_thread::sleep_for(std::chrono::milliseconds(50));
             done = true;
           });
  EXPECT_TRUE(done);
}

TEST(TwoThreads, ManyAtOnceAndSomeUnused) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([i] {
      for (int k = 0; k < 20; ++k) {
        TwoThreads both;
        RunMany(both, i * 100);
      }
    });
  }
}

}  // namespace
}  // namespace fruits
