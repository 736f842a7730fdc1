#include "pipeline/flow.h"

#include <gtest/gtest.h>

#include <thread>

namespace fruits {
namespace {

TEST(FlowTest, IssuesEachNumberOnceAndThenNothing) {
  Flow flow(3, 10);
  EXPECT_EQ(flow.Issue(), 0U);
  EXPECT_EQ(flow.Issue(), 1U);
  EXPECT_EQ(flow.Issue(), 2U);
  EXPECT_EQ(flow.Issue(), std::nullopt);
}

TEST(FlowTest, TheWindowHoldsReadersBackUntilRowsLeave) {
  Flow flow(5, 2);
  flow.Issue();
  flow.Issue();
  std::optional<std::size_t> third;
  std::jthread reader([&] { third = flow.Issue(); });
  flow.Emit(1);
  reader.join();
  EXPECT_EQ(third, 2U);
}

TEST(FlowTest, AWaitingBatchMustGoWhenTheWindowIsFullOrNothingMoreComes) {
  Flow full(100, 2);
  full.Issue();
  full.Issue();
  EXPECT_FALSE(full.Settle());  // the other may still join it
  EXPECT_TRUE(full.Settle());   // the window is full: none can join

  Flow last(2, 100);
  last.Issue();
  EXPECT_FALSE(last.Settle());  // the second was not even issued
  last.Issue();
  EXPECT_TRUE(last.Settle());
}

TEST(FlowTest, StopEndsWaitingReaders) {
  Flow flow(5, 1);
  flow.Issue();
  std::optional<std::size_t> second = 7;
  std::jthread reader([&] { second = flow.Issue(); });
  flow.Stop();
  reader.join();
  EXPECT_EQ(second, std::nullopt);
  EXPECT_TRUE(flow.stopped());
}

}  // namespace
}  // namespace fruits
