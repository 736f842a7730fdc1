#include "fruits/forecast/forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecast/work.h"
#include "questions.h"

namespace fruits {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(WorkTest, TwoThreadsOfACoreAreLittleMoreThanOne) {
  EXPECT_EQ(CoreUnits(4, 1, {}), 4);
  EXPECT_NEAR(CoreUnits(4, 2, {}), 2.4, 1e-12);
  EXPECT_EQ(CoreUnits(1, 2, {}), 1);  // alone on its core
}

TEST(WorkTest, CoresSpeedAndShareOfTheNetwork) {
  ForecastQuestion question = Question(1, {});
  PhotoCost cost = Cost();
  InstanceType type = Type("x", 10, 1);
  EXPECT_NEAR(PhotoSecondsOn(type, cost, question), 0.01, 1e-12);
  type.isa = "avx2";  // 1.5 times slower in the network
  EXPECT_NEAR(PhotoSecondsOn(type, cost, question), 0.015, 1e-12);
  cost.network_share = 0.5;
  EXPECT_NEAR(PhotoSecondsOn(type, cost, question), 0.0125, 1e-12);
  // CPU time of two threads on one core here is less work than it looks.
  question.here.threads_per_core = 2;
  EXPECT_NEAR(PhotoSecondsOn(type, cost, question), 0.0125 * 0.6, 1e-12);
}

TEST(WorkTest, ReadersOrTheNetworkMayBeWhatCounts) {
  ForecastQuestion question = Question(1, {});
  PhotoCost cost = Cost();
  InstanceType type = Type("x", 1000, 1);
  question.assumptions.s3_read_ms = 64;
  EXPECT_NEAR(PhotoSecondsOn(type, cost, question), 0.001, 1e-12);
  cost.photo_bytes = 3e6;
  question.assumptions.s3_connection_mb_s = 30;
  question.assumptions.network_mb_s = 3000;
  EXPECT_NEAR(PhotoSecondsOn(type, cost, question), 0.164 / 64, 1e-12);
  question.assumptions.network_mb_s = 300;
  EXPECT_NEAR(PhotoSecondsOn(type, cost, question), 0.01, 1e-12);
}

TEST(WorkTest, ASlowLineHereIsNotCarriedOver) {
  ForecastQuestion question = Question(1, {});
  PhotoCost cost = Cost();
  const InstanceType type = Type("x", 1000, 1);
  question.assumptions.s3_read_ms = 64;
  question.reads_bucket = true;
  cost.read_seconds = 12.8;  // a laptop far from the bucket
  EXPECT_NEAR(PhotoSecondsOn(type, cost, question), 0.001, 1e-12);
  cost.read_seconds = 0.032;  // a machine beside it
  EXPECT_NEAR(PhotoSecondsOn(type, cost, question), 0.0005, 1e-12);
  question.reads_bucket = false;  // a disk says nothing of a bucket
  EXPECT_NEAR(PhotoSecondsOn(type, cost, question), 0.001, 1e-12);
}

TEST(ForecastTest, OneMachine) {
  ForecastQuestion question = Question(36'000, {Type("x", 1, 2)});
  question.setups = {SetUp::kOneMachine};
  const Forecast forecast = MakeForecast(question);
  ASSERT_EQ(forecast.offers.size(), 1U);
  const Offer& offer = forecast.offers[0];
  EXPECT_NEAR(offer.seconds.expected, 3610, 1e-6);
  EXPECT_NEAR(offer.cost.expected, 2 * 3610 / 3600.0, 1e-9);
  EXPECT_NEAR(offer.spot_cost->expected, 3610 / 3600.0, 1e-9);
  EXPECT_NEAR(offer.million_seconds.expected, 100'010, 1e-6);
  EXPECT_EQ(offer.seconds.low, offer.seconds.expected);
  EXPECT_EQ(forecast.recommended, 0U);
}

TEST(ForecastTest, WhatNeighboursTookHereIsNotCarriedOver) {
  ForecastQuestion question = Question(36'000, {Type("x", 1, 2)});
  question.setups = {SetUp::kOneMachine};
  PhotoCost& cost = question.costs[0];
  cost.start_seconds = 60;
  cost.fit_seconds = 30;
  cost.photo_seconds = 1;
  EXPECT_NEAR(MakeForecast(question).offers[0].seconds.expected, 3610, 1e-6);
  EXPECT_NEAR(cost.HereSeconds(36'000), 91 + 36'000, 1e-6);  // here they are still there
}

TEST(ForecastTest, PicturesDoNotGrowWithoutEnd) {
  ForecastQuestion question = Question(36'000, {Type("x", 1, 2)});
  question.setups = {SetUp::kOneMachine};
  question.costs[0].picture_seconds = 0.001;
  const Offer offer = MakeForecast(question).offers[0];
  EXPECT_NEAR(offer.seconds.expected, 3610 + 36, 1e-6);
  EXPECT_NEAR(offer.million_seconds.expected, 100'010 + 100, 1e-6);
  // The driver of a cluster makes them, and its workers are as many as the time that is left needs.
  question = Question(1'000'000, {Type("x", 4, 1)});
  question.setups = {SetUp::kStandalone};
  question.costs[0].picture_seconds = 0.001;
  question.deadline_seconds = 1110;
  const Offer cluster = MakeForecast(question).offers[0];
  EXPECT_EQ(cluster.workers, 25);
  EXPECT_NEAR(cluster.seconds.expected, 1110, 1e-6);
}

TEST(ForecastTest, RangesOfSpeedAndPriceAndRequests) {
  ForecastQuestion question = Question(1'000'000, {Type("x", 1, 3.6)});
  question.setups = {SetUp::kOneMachine};
  question.assumptions.speed_range = 0.25;
  question.assumptions.price_range = 0.2;
  question.assumptions.s3_get_price_per_million = 0.4;
  question.assumptions.boot_seconds = 90;
  question.types[0].verified = false;
  const Offer offer = MakeForecast(question).offers[0];
  EXPECT_NEAR(offer.seconds.low, 100 + 100'000 / 1.25, 1e-6);
  EXPECT_NEAR(offer.seconds.high, 100 + 100'000 / 0.75, 1e-6);
  EXPECT_NEAR(offer.cost.expected, 100.1 + 0.4, 1e-9);
  EXPECT_NEAR(offer.cost.low, (0.1 + 80 + 0.4) * 0.8, 1e-9);
  EXPECT_FALSE(offer.verified);
  // Another instruction set is less certain.
  question.types[0].isa = "avx2";
  question.assumptions.other_isa_range = 0.5;
  const Offer other = MakeForecast(question).offers[0];
  EXPECT_NEAR(other.seconds.high, 100 + 150'000 / 0.5, 1e-6);
}

TEST(ForecastTest, AnHourIsPaidByTheSecondButAMinuteAtLeast) {
  ForecastQuestion question = Question(1, {Type("x", 1, 3.6)});
  question.setups = {SetUp::kOneMachine};
  EXPECT_NEAR(MakeForecast(question).offers[0].cost.expected, 0.06, 1e-9);
}

TEST(ForecastTest, AClusterIsSizedForTheDeadline) {
  ForecastQuestion question = Question(1'000'000, {Type("x", 4, 1)});
  question.setups = {SetUp::kStandalone, SetUp::kEmr};
  question.deadline_seconds = 1010;
  const Forecast forecast = MakeForecast(question);
  const Offer& standalone = forecast.offers[0];
  EXPECT_EQ(standalone.workers, 25);
  EXPECT_NEAR(standalone.seconds.expected, 1010, 1e-6);
  EXPECT_NEAR(standalone.cost.expected, 26 * 1010 / 3600.0, 1e-9);
  EXPECT_NEAR(standalone.spot_cost->expected, 13.5 * 1010 / 3600.0, 1e-9);
  EXPECT_TRUE(standalone.in_time);
  const Offer& emr = forecast.offers[1];
  EXPECT_NEAR(emr.cost.expected, 1.25 * 26 * 1010 / 3600.0, 1e-9);
  // A primary and two core nodes on demand, 23 on spot; the surcharge is on all.
  EXPECT_NEAR(emr.spot_cost->expected, (3 + 23 * 0.5 + 26 * 0.25) * 1010 / 3600.0, 1e-9);
  EXPECT_EQ(forecast.recommended, 0U);
}

TEST(ForecastTest, TwoWorkersOfEmrAreItsCoreNodesAndNotOnSpot) {
  ForecastQuestion question = Question(1000, {Type("x", 4, 1)});
  question.setups = {SetUp::kStandalone, SetUp::kEmr};
  const Forecast forecast = MakeForecast(question);
  EXPECT_EQ(forecast.offers[0].workers, 2);
  EXPECT_TRUE(forecast.offers[0].spot_cost);
  EXPECT_EQ(forecast.offers[1].workers, 2);
  EXPECT_FALSE(forecast.offers[1].spot_cost);
}

TEST(ForecastTest, EmrIsPaidUntilItHasBeenIdle) {
  ForecastQuestion question = Question(1'000'000, {Type("x", 4, 1)});
  question.setups = {SetUp::kStandalone, SetUp::kEmr};
  question.deadline_seconds = 1010;
  const Forecast before = MakeForecast(question);
  question.assumptions.emr_idle_seconds = 720;
  const Forecast after = MakeForecast(question);
  EXPECT_EQ(after.offers[0].cost.expected, before.offers[0].cost.expected);
  EXPECT_EQ(after.offers[1].workers, before.offers[1].workers);
  EXPECT_EQ(after.offers[1].seconds.expected, before.offers[1].seconds.expected);
  // A fifth of an hour of a primary and two core nodes, at 1.25 each.
  const double idle = 0.2 * 3 * 1.25;
  EXPECT_NEAR(after.offers[1].cost.expected, before.offers[1].cost.expected + idle, 1e-9);
  EXPECT_NEAR(after.offers[1].spot_cost->expected, before.offers[1].spot_cost->expected + idle, 1e-9);
  EXPECT_NEAR(after.offers[1].million_cost.expected, before.offers[1].million_cost.expected + idle, 1e-9);
}

TEST(ForecastTest, TheSlowEndOfTheRangeIsInTimeToo) {
  ForecastQuestion question = Question(1'000'000, {Type("x", 4, 1)});
  question.setups = {SetUp::kStandalone};
  question.deadline_seconds = 1010;
  question.assumptions.speed_range = 0.5;
  const Offer offer = MakeForecast(question).offers[0];
  EXPECT_EQ(offer.workers, 50);
  EXPECT_LE(offer.seconds.high, 1010 + 1e-6);
}

TEST(ForecastTest, TheDriversWorkIsNotSharedOut) {
  ForecastQuestion question = Question(1'000'000, {Type("x", 4, 1)});
  question.setups = {SetUp::kStandalone};
  question.costs[0].moments_seconds = 0.001;
  question.deadline_seconds = 900;  // the driver alone takes 1,000 s
  const Forecast forecast = MakeForecast(question);
  EXPECT_FALSE(forecast.offers[0].in_time);
  EXPECT_EQ(forecast.offers[0].workers, 100);  // 25,000 s of one worker in a quarter of 1,010 s
  EXPECT_FALSE(forecast.recommended);
  EXPECT_THAT(forecast.reason, HasSubstr("nothing in f32 is done within the deadline"));
}

TEST(ForecastTest, TheFasterOfMachinesThatCostAboutTheSame) {
  ForecastQuestion question =
      Question(100'000, {Type("small", 2, 1), Type("large", 4, 2), Type("dear", 8, 8)});
  question.setups = {SetUp::kOneMachine};
  EXPECT_EQ(MakeForecast(question).offers[0].type, "large");
  // A deadline that only the dear one meets.
  question.deadline_seconds = 1300;
  EXPECT_EQ(MakeForecast(question).offers[0].type, "dear");
  // None does: the fastest, and it says so.
  question.deadline_seconds = 100;
  const Forecast forecast = MakeForecast(question);
  EXPECT_EQ(forecast.offers[0].type, "dear");
  EXPECT_FALSE(forecast.offers[0].in_time);
}

TEST(ForecastTest, WhatCannotBeSaysWhy) {
  ForecastQuestion question = Question(20'000'000, {Type("x", 4, 1)});
  question.types[0].isa = "avx512";
  question.types[0].emr.reset();
  question.costs = {Cost("f32"), Cost("int8")};
  const Forecast forecast = MakeForecast(question);
  ASSERT_EQ(forecast.offers.size(), 6U);
  EXPECT_THAT(forecast.offers[0].problem, HasSubstr("at most 10,000,000"));
  EXPECT_EQ(forecast.offers[2].problem, "");
  EXPECT_THAT(forecast.offers[3].problem, HasSubstr("VNNI"));
  EXPECT_THAT(forecast.offers[4].problem, HasSubstr("EMR"));
}

TEST(ForecastTest, WithoutADeadlineTheCheapestOfTheSlow) {
  ForecastQuestion question = Question(9'000'000, {Type("x", 1, 1)});  // 900,000 s
  question.setups = {SetUp::kOneMachine};
  const Forecast forecast = MakeForecast(question);
  EXPECT_FALSE(forecast.offers[0].in_time);
  EXPECT_EQ(forecast.recommended, 0U);
  EXPECT_THAT(forecast.reason, HasSubstr("none is done within 24 hours; of the fastest"));
  question.deadline_seconds = 24 * 3600;
  EXPECT_FALSE(MakeForecast(question).recommended);
}

TEST(ForecastTest, WhereNoneIsInTimeTheFastestIsNotCalledTheCheapest) {
  ForecastQuestion question = Question(9'000'000, {Type("cheap", 1, 1), Type("fast", 2, 4)});
  question.setups = {SetUp::kOneMachine};
  const Forecast slow = MakeForecast(question);
  EXPECT_EQ(slow.offers[0].type, "fast");
  EXPECT_THAT(slow.reason, HasSubstr("of the fastest of each set-up in f32 the cheapest"));
  question.photos = 100;
  const Forecast quick = MakeForecast(question);
  EXPECT_EQ(quick.offers[0].type, "cheap");
  EXPECT_THAT(quick.reason, StartsWith("the cheapest in f32 within 24 hours, or the simplest and fastest"));
}

TEST(ForecastTest, AClusterNeedsADriverThatHoldsTheListing) {
  ForecastQuestion question = Question(1'000'000'000, {Type("x", 4, 1), Type("y", 64, 20)});
  question.setups = {SetUp::kStandalone};
  EXPECT_EQ(MakeForecast(question).offers[0].master, "y");  // 149 GiB of listing
  question.types.pop_back();
  EXPECT_THAT(MakeForecast(question).offers[0].problem, HasSubstr("4 vCPUs and 155 GiB for the driver"));
}

TEST(ForecastTest, AClusterIsOfOneRegion) {
  // The cheapest driver is elsewhere.
  InstanceType elsewhere = Type("driver.x", 8, 0.1);
  elsewhere.region = "us-east-1";
  elsewhere.memory_gib = 7;  // no room for an executor
  ForecastQuestion question = Question(1000, {elsewhere, Type("worker.x", 4, 1)});
  question.setups = {SetUp::kStandalone, SetUp::kEmr};
  for (const Offer& offer : MakeForecast(question).offers) {
    EXPECT_EQ(offer.master, "worker.x");
    EXPECT_EQ(offer.region, "eu-west-3");
  }
  // The same type in both: the cheaper region, with its own driver.
  InstanceType cheap = Type("worker.x", 4, 0.5);
  cheap.region = "us-east-1";
  question.types.push_back(cheap);
  for (const Offer& offer : MakeForecast(question).offers) {
    EXPECT_EQ(offer.type, "worker.x");
    EXPECT_EQ(offer.master, "driver.x");
    EXPECT_EQ(offer.region, "us-east-1");
  }
}

TEST(ForecastTest, WhereNoRegionHasBothTheReasonSaysSo) {
  InstanceType driver = Type("driver.x", 8, 1);
  driver.memory_gib = 7;                         // no room for an executor
  InstanceType worker = Type("worker.x", 2, 1);  // too small for a driver
  worker.region = "us-east-1";
  ForecastQuestion question = Question(1000, {driver, worker});
  question.setups = {SetUp::kOneMachine, SetUp::kStandalone, SetUp::kEmr};
  const Forecast forecast = MakeForecast(question);
  EXPECT_EQ(forecast.offers[0].problem, "");
  EXPECT_THAT(forecast.offers[1].problem,
              StartsWith("no region of the table has a type for workers and one with 4 vCPUs and 6 GiB"));
  EXPECT_THAT(forecast.offers[2].problem, HasSubstr("and one with 4 vCPUs, a surcharge of EMR and 6 GiB"));
  question.types[1].region = driver.region;
  EXPECT_EQ(MakeForecast(question).offers[1].master, "driver.x");
}

TEST(ForecastTest, WhereNoSetUpCanBeTheReasonIsNotTheTime) {
  ForecastQuestion question = Question(1'000'000'000, {Type("x", 4, 1)});
  question.setups = {SetUp::kEmr};
  const auto is_told =
      AllOf(StartsWith("no set-up can take these photos in f32: EMR: no type of the table has 4 vCPUs, a "
                       "surcharge of EMR and 155 GiB for the driver"),
            Not(HasSubstr("hours")), Not(HasSubstr("deadline")));
  Forecast forecast = MakeForecast(question);
  EXPECT_FALSE(forecast.recommended);
  EXPECT_THAT(forecast.reason, is_told);
  question.deadline_seconds = 3600;
  EXPECT_THAT(MakeForecast(question).reason, is_told);
  question.setups = {SetUp::kOneMachine, SetUp::kStandalone};
  forecast = MakeForecast(question);
  EXPECT_THAT(forecast.reason, AllOf(HasSubstr("one machine: one machine takes at most 10,000,000 photos; "),
                                     HasSubstr("Spark standalone: no type of the table")));
  // One that can be, but not in time, is another matter.
  question.types.push_back(Type("y", 64, 20));
  question.deadline_seconds = 60;
  EXPECT_THAT(MakeForecast(question).reason, StartsWith("nothing in f32 is done within the deadline"));
}

TEST(ForecastTest, YarnHasLessOfANodesMemory) {
  ForecastQuestion question = Question(1000, {Type("x", 8, 1)});
  question.types[0].memory_gib = 9;  // an executor of 8 cores takes 8
  question.setups = {SetUp::kStandalone, SetUp::kEmr};
  const Forecast forecast = MakeForecast(question);
  EXPECT_EQ(forecast.offers[0].problem, "");
  EXPECT_THAT(forecast.offers[1].problem, HasSubstr("memory"));
}

TEST(ForecastTest, Int8IsRecommendedOnlyWhereItWasMeasured) {
  ForecastQuestion question = Question(100'000, {Type("x", 4, 1)});
  question.setups = {SetUp::kOneMachine};
  PhotoCost int8 = AssumeInt8(Cost(), question.here, "no net-int8 in the store");
  EXPECT_NEAR(int8.core_seconds, 0.1 / 2.5, 1e-12);
  EXPECT_NEAR(int8.photo_seconds, 0.05 / 2.5, 1e-12);
  question.costs = {Cost(), int8};
  EXPECT_EQ(MakeForecast(question).recommended, 0U);
  int8.measured = true;
  question.costs = {Cost(), int8};
  EXPECT_EQ(MakeForecast(question).recommended, 1U);
}

TEST(AssumeInt8Test, OnlyTheNetworkGetsFaster) {
  PhotoCost f32 = Cost();
  f32.network_share = 0.5;
  const PhotoCost int8 = AssumeInt8(f32, {.cpus = 2, .threads_per_core = 1, .isa = "avx512_vnni"}, "why");
  EXPECT_NEAR(int8.core_seconds, 0.1 * (0.5 / 2.5 + 0.5), 1e-12);
  EXPECT_NEAR(int8.core_seconds * (1 - int8.network_share), 0.05, 1e-12);
  EXPECT_FALSE(int8.measured);
  EXPECT_EQ(int8.reason, "why");
}

}  // namespace
}  // namespace fruits
