#include "io/s3/retry.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace fruits::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A clock that only pauses move.
struct FakeTime {
  steady_clock::time_point now{};
  std::vector<milliseconds> pauses;
  double random = 0.999999;
  Outage outage;

  RetryTime Get() {
    return {[this] { return now; },
            [this](milliseconds pause, const std::stop_token& stop) {
              pauses.push_back(pause);
              now += pause;
              return !stop.stop_requested();
            },
            [this] { return random; }};
  }
};

Attempt Fails(Attempt::Again again = Attempt::Again::kPause) {
  return {Fail(ErrorCode::kIo, "s3://b/k: 503"), again};
}

TEST(Retry, PausesDoubleUpToTheLast) {
  FakeTime time;
  int tries = 0;
  const auto status = Retry(
      {milliseconds(50), milliseconds(300), std::chrono::seconds(100)}, time.outage, {},
      [&] { return ++tries < 6 ? Fails() : Attempt{}; }, time.Get());
  EXPECT_TRUE(status);
  const std::vector<milliseconds> expected{milliseconds(50), milliseconds(100), milliseconds(200),
                                           milliseconds(300), milliseconds(300)};
  EXPECT_EQ(time.pauses, expected);
}

TEST(Retry, PausesAreRandomFromZero) {
  FakeTime time;
  time.random = 0;
  int tries = 0;
  EXPECT_TRUE(Retry({}, time.outage, {}, [&] { return ++tries < 4 ? Fails() : Attempt{}; }, time.Get()));
  EXPECT_EQ(time.pauses, std::vector<milliseconds>(3, milliseconds(0)));
}

TEST(Retry, GivesUpInTimeAndSaysSo) {
  FakeTime time;
  const S3RetryPolicy policy{milliseconds(1'000), milliseconds(4'000), std::chrono::seconds(10)};
  int tries = 0;
  const auto status = Retry(policy, time.outage, {}, [&] { return ++tries, Fails(); }, time.Get());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(status.error().message(), "s3://b/k: 503; tried 5 times in 10.0 s");  // pauses 1 + 2 + 4 + 3
  EXPECT_EQ(tries, 5);
}

TEST(Retry, RequestsShareTheTimeOfOneOutage) {
  FakeTime time;
  const S3RetryPolicy policy{milliseconds(1'000), milliseconds(4'000), std::chrono::seconds(10)};
  int tries = 0;
  const auto fail = [&] { return ++tries, Fails(); };
  EXPECT_FALSE(Retry(policy, time.outage, {}, fail, time.Get()));
  EXPECT_EQ(tries, 5);
  EXPECT_FALSE(Retry(policy, time.outage, {}, fail, time.Get())) << "the server is still away";
  EXPECT_EQ(tries, 6) << "one try tells";
  EXPECT_TRUE(Retry(policy, time.outage, {}, [] { return Attempt{}; }, time.Get()));
  EXPECT_FALSE(Retry(policy, time.outage, {}, fail, time.Get()));
  EXPECT_EQ(tries, 11) << "an answer ended the outage";
}

TEST(Retry, HeedsRetryAfterUpToTheLastPause) {
  FakeTime time;
  int tries = 0;
  const auto attempt = [&] {
    Attempt failed = Fails();
    failed.retry_after = tries == 0 ? milliseconds(2'000) : milliseconds(60'000);
    return ++tries < 3 ? std::move(failed) : Attempt{};
  };
  EXPECT_TRUE(Retry({}, time.outage, {}, attempt, time.Get()));
  const std::vector<milliseconds> expected{milliseconds(2'000), milliseconds(5'000)};
  EXPECT_EQ(time.pauses, expected);
}

TEST(Retry, WhatNoTryHelpsIsReturnedAsItIs) {
  FakeTime time;
  const auto status = Retry({}, time.outage, {}, [] { return Fails(Attempt::Again::kNo); }, time.Get());
  EXPECT_EQ(status.error().code(), ErrorCode::kIo);
  EXPECT_TRUE(time.pauses.empty());
}

TEST(Retry, WhatIsMendedIsTriedAtOnce) {
  FakeTime time;
  int tries = 0;
  EXPECT_TRUE(Retry(
      {}, time.outage, {}, [&] { return ++tries < 2 ? Fails(Attempt::Again::kAtOnce) : Attempt{}; },
      time.Get()));
  EXPECT_TRUE(time.pauses.empty());
}

TEST(Retry, StopsInAPause) {
  std::stop_source source;
  const std::jthread stopper([&source] {
    std::this_thread::sleep_for(milliseconds(20));
    source.request_stop();
  });
  RetryTime time = RealTime();
  time.random = [] { return 0.9; };
  const S3RetryPolicy policy{std::chrono::hours(1), std::chrono::hours(1), std::chrono::hours(2)};
  Outage outage;
  const auto status = Retry(policy, outage, source.get_token(), [] { return Fails(); }, time);
  EXPECT_EQ(status.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace fruits::io
