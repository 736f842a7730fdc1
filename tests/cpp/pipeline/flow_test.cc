#include "pipeline/flow.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace fruits {
namespace {

TEST(FlowTest, NumbersCountFromZero) {
  Flow flow(10);
  EXPECT_TRUE(flow.WaitForRoom());
  EXPECT_EQ(flow.Issue(), 0U);
  EXPECT_EQ(flow.Issue(), 1U);
  EXPECT_EQ(flow.issued(), 2U);
}

TEST(FlowTest, TheWindowHoldsReadersBackUntilRowsLeave) {
  Flow flow(2);
  flow.Issue();
  flow.Issue();
  std::optional<bool> room;
  std::jthread reader([&] { room = flow.WaitForRoom(); });
  flow.Emit(1);
  reader.join();
  EXPECT_EQ(room, true);
  EXPECT_EQ(flow.Issue(), 2U);
}

TEST(FlowTest, AWaitingBatchMustGoWhenTheWindowIsFullOrNothingMoreComes) {
  Flow full(2);
  full.Issue();
  full.Issue();
  EXPECT_FALSE(full.Settle());  // the other may still join it
  EXPECT_TRUE(full.Settle());   // the window is full: none can join

  Flow last(100);
  last.Issue();
  EXPECT_FALSE(last.Settle());  // another may come
  last.Issue();
  last.End();
  EXPECT_TRUE(last.Settle());
}

TEST(FlowTest, StopEndsWaitingReaders) {
  Flow flow(1);
  flow.Issue();
  std::optional<bool> room;
  std::jthread reader([&] { room = flow.WaitForRoom(); });
  flow.Stop();
  reader.join();
  EXPECT_EQ(room, false);
  EXPECT_TRUE(flow.stopped());
}

}  // namespace
}  // namespace fruits
