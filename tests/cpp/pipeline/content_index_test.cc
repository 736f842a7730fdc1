#include "pipeline/content_index.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace fruits {
namespace {

Sha256Digest DigestOf(std::size_t content) { return Sha256Of(std::to_string(content)); }

TEST(ContentIndexTest, TheFirstRowGetsTheBytes) {
  ContentIndex index;
  constexpr std::size_t kContents = 5000;
  for (std::size_t i = 0; i < kContents; ++i) EXPECT_TRUE(index.Claim(DigestOf(i), i).is_first);
  for (std::size_t i = 0; i < kContents; ++i) {
    const auto claimed = index.Claim(DigestOf(i), kContents + i);
    EXPECT_FALSE(claimed.is_first);
    EXPECT_FALSE(claimed.stored.known());
    EXPECT_EQ(claimed.row, i);
  }
}

TEST(ContentIndexTest, WhatIsStoredIsNotComputedAgain) {
  ContentIndex index;
  index.AddStored(DigestOf(7), {.part = 3, .row = 4, .rejected = 0});
  index.AddStored(DigestOf(8), {.part = 3, .row = 5, .rejected = 0});
  index.Seal();
  const auto claimed = index.Claim(DigestOf(8), 0);
  EXPECT_FALSE(claimed.is_first);
  EXPECT_EQ(claimed.stored.part, 3U);
  EXPECT_EQ(claimed.stored.row, 5U);
  EXPECT_TRUE(index.Claim(DigestOf(9), 0).is_first);
}

TEST(ContentIndexTest, OneOfManyThreadsIsFirst) {
  ContentIndex index;
  constexpr std::size_t kContents = 2000;
  std::vector<std::atomic<int>> firsts(kContents);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < kContents; ++i)
          firsts[i] += index.Claim(DigestOf(i), t * kContents + i).is_first;
      });
    }
  }
  for (const auto& first : firsts) EXPECT_EQ(first, 1);
}

}  // namespace
}  // namespace fruits
