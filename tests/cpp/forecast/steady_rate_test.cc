#include "forecast/steady_rate.h"

#include <gtest/gtest.h>

#include <vector>

namespace fruits {
namespace {

// 2 s of start, then 10 ms and 18 ms of CPU time a photo.
std::vector<Moment> Steady(std::uint64_t photos) {
  std::vector<Moment> moments = {{.done = 0, .wall_seconds = 0.5, .cpu_seconds = 0.1}};
  for (std::uint64_t done = 20; done <= photos; done += 20) {
    const auto count = static_cast<double>(done);
    moments.push_back({.done = done, .wall_seconds = 2 + 0.01 * count, .cpu_seconds = 1 + 0.018 * count});
  }
  return moments;
}

TEST(SteadyRateTest, StartIsToldFromWhatGrowsWithPhotos) {
  const SteadyRate rate = SteadyRateOf(Steady(500), Steady(500).back(), 2);
  EXPECT_NEAR(rate.start_seconds, 2, 1e-9);
  EXPECT_NEAR(rate.photo_seconds, 0.01, 1e-12);
  EXPECT_NEAR(rate.core_seconds, 0.018, 1e-12);
}

TEST(SteadyRateTest, SlowFirstPhotosCountAsStart) {
  auto moments = Steady(500);
  for (Moment& moment : moments) {
    if (moment.done >= 60) moment.wall_seconds += 3;
  }
  const SteadyRate rate = SteadyRateOf(moments, moments.back(), 2);
  EXPECT_NEAR(rate.start_seconds, 5, 1e-9);
  EXPECT_NEAR(rate.photo_seconds, 0.01, 1e-12);
}

TEST(SteadyRateTest, WritingThePartIsSpreadOverItsPhotosAndTheCores) {
  Moment end = Steady(500).back();
  end.wall_seconds += 0.8;
  end.cpu_seconds += 1;  // 2 ms a photo
  const SteadyRate rate = SteadyRateOf(Steady(500), end, 2);
  EXPECT_NEAR(rate.core_seconds, 0.020, 1e-12);
  EXPECT_NEAR(rate.photo_seconds, 0.011, 1e-12);
  EXPECT_NEAR(rate.start_seconds, 2, 1e-9);
  EXPECT_NEAR(rate.tail_seconds, 0.8, 1e-9);
}

TEST(SteadyRateTest, StartAndTailInCpuTimeToo) {
  auto moments = Steady(500);
  for (Moment& moment : moments) moment.wall_seconds *= 4;  // neighbours
  Moment end = moments.back();
  end.wall_seconds += 3;
  end.cpu_seconds += 0.5;
  const SteadyRate rate = SteadyRateOf(moments, end, 2);
  EXPECT_TRUE(rate.is_line);
  EXPECT_NEAR(rate.start_seconds, 8, 1e-9);
  EXPECT_NEAR(rate.start_cpu_seconds, 0.9, 1e-9);  // without what the process had used before
  EXPECT_NEAR(rate.tail_seconds, 3, 1e-9);
  EXPECT_NEAR(rate.tail_cpu_seconds, 0.5, 1e-9);
}

TEST(SteadyRateTest, NothingToTellIsZero) {
  EXPECT_EQ(SteadyRateOf({}, {}, 2).photo_seconds, 0);
  EXPECT_EQ(SteadyRateOf(std::vector<Moment>{{.done = 8, .wall_seconds = 1}}, {}, 2).photo_seconds, 0);
  EXPECT_EQ(RateOf({}), 1);
}

TEST(SteadyRateTest, WithoutALineAllOfTheTimeIsThePhotos) {
  const std::vector<Moment> moments = {{.cpu_seconds = 1}, {.done = 9, .wall_seconds = 1, .cpu_seconds = 2}};
  const SteadyRate rate = SteadyRateOf(moments, {.done = 10, .wall_seconds = 2, .cpu_seconds = 4}, 2);
  EXPECT_NEAR(rate.photo_seconds, 0.2, 1e-12);
  EXPECT_NEAR(rate.core_seconds, 0.3, 1e-12);
  EXPECT_EQ(rate.start_seconds, 0);
  EXPECT_FALSE(rate.is_line);
}

TEST(SteadyRateTest, ARateOverAll) { EXPECT_NEAR(RateOf(Steady(500)), 500 / 6.5, 1e-9); }

}  // namespace
}  // namespace fruits
