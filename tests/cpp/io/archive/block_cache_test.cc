#include "io/archive/block_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <set>
#include <thread>

namespace fruits::io {
namespace {

Status Fill(std::uint64_t block, std::vector<std::byte>& bytes) {
  bytes.assign(100, static_cast<std::byte>(block));
  return {};
}

TEST(BlockCache, KeepsWhatWasUsedLast) {
  std::vector<std::uint64_t> fetched;
  BlockCache cache(2, [&](std::uint64_t block, std::vector<std::byte>& bytes) {
    fetched.push_back(block);
    return Fill(block, bytes);
  });
  for (const std::uint64_t block : {1, 2, 1, 3, 1, 2}) {
    const auto pin = cache.Get(block);
    ASSERT_TRUE(pin);
    EXPECT_EQ(pin->bytes()[99], static_cast<std::byte>(block));
  }
  EXPECT_EQ(fetched, (std::vector<std::uint64_t>{1, 2, 3, 2}));
}

// The fetches of two blocks meet at a barrier: with one after the other, neither would end.
TEST(BlockCache, FetchesDifferentBlocksAtOnceAndEachOnce) {
  std::barrier meeting(2);
  std::atomic<int> fetches = 0;
  BlockCache cache(4, [&](std::uint64_t block, std::vector<std::byte>& bytes) {
    ++fetches;
    meeting.arrive_and_wait();
    return Fill(block, bytes);
  });
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        const auto pin = cache.Get(static_cast<std::uint64_t>(i % 2));
        if (pin && pin->bytes()[0] == static_cast<std::byte>(i % 2)) ++right;
      });
    }
  }
  EXPECT_EQ(right, 8);
  EXPECT_EQ(fetches, 2);
}

TEST(BlockCache, MoreThreadsThanPlaces) {
  std::atomic<int> on_their_way = 0;
  std::atomic<int> most = 0;
  BlockCache cache(3, [&](std::uint64_t block, std::vector<std::byte>& bytes) {
    const int now = ++on_their_way;
    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) continue;
    std::this_thread::yield();
    --on_their_way;
    return Fill(block, bytes);
  });
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 12; ++i) {
      threads.emplace_back([&, i] {
        for (unsigned step = 0; step < 300; ++step) {
          const std::uint64_t block = (i * 7 + step * 13) % 31;
          const auto pin = cache.Get(block);
          if (!pin || pin->bytes()[50] != static_cast<std::byte>(block)) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(most, 3);
}

TEST(BlockCache, AnErrorIsNotKept) {
  int fetches = 0;
  BlockCache cache(1, [&](std::uint64_t block, std::vector<std::byte>& bytes) -> Status {
    if (++fetches == 1) return Fail(ErrorCode::kUnavailable, "not now");
    if (fetches == 2) throw std::bad_alloc();
    return Fill(block, bytes);
  });
  EXPECT_EQ(cache.Get(5).error().message(), "not now");
  EXPECT_EQ(cache.Get(5).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(cache.Get(5));
}

}  // namespace
}  // namespace fruits::io
