#include "fruits/forecast/photo_cost.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "questions.h"

namespace fruits {
namespace {

TEST(PhotoCostTest, ARunHere) {
  PhotoCost cost = Cost();
  cost.after_seconds = 0.01;
  EXPECT_NEAR(cost.HereSeconds(1000), 10 + 60, 1e-9);
}

TEST(PhotoCostTest, PicturesShowSoManyPhotosAndNoMore) {
  PhotoCost cost = Cost();
  cost.picture_seconds = 0.001;
  EXPECT_NEAR(cost.HereSeconds(1000), 10 + 50 + 1, 1e-9);
  EXPECT_NEAR(cost.HereSeconds(1e6), 10 + 50'000 + 100, 1e-6);
}

TEST(PhotoCostTest, WhichInputsAreFiles) {
  const auto are_files = [](std::vector<std::string> inputs) { return AreFiles(inputs); };
  EXPECT_TRUE(are_files({"photos", "/a/b*.jpg", "file:///a"}));
  EXPECT_FALSE(are_files({"photos", "s3://bucket/photos"}));
  EXPECT_FALSE(are_files({"hdfs://host/photos"}));
}

// 100 ms of CPU time in 200 ms of two CPUs: a quarter of them.
TEST(BusyMachineTest, LessThanHalfOfItWasOurs) {
  ForecastQuestion question = Question(1, {});
  EXPECT_FALSE(ShareOfBusyMachine(question));  // all of it was
  question.costs[0].photo_seconds = 0.2;
  ASSERT_TRUE(ShareOfBusyMachine(question));
  EXPECT_NEAR(*ShareOfBusyMachine(question), 0.25, 1e-12);
  question.costs[0].photo_seconds = 0.099;
  EXPECT_FALSE(ShareOfBusyMachine(question));
  // Of costs the least, and of those that were measured.
  question.costs = {Cost(), Cost("int8")};
  question.costs[1].photo_seconds = 0.5;
  EXPECT_NEAR(ShareOfBusyMachine(question).value_or(0), 0.1, 1e-12);
  question.costs[1].measured = false;
  EXPECT_FALSE(ShareOfBusyMachine(question));
}

TEST(BusyMachineTest, WaitingForABucketOrADiskIsNoOthersWork) {
  ForecastQuestion question = Question(1, {});
  PhotoCost& cost = question.costs[0];
  cost.photo_seconds = 0.2;
  question.reads_files = false;
  EXPECT_FALSE(ShareOfBusyMachine(question));
  question.reads_files = true;
  cost.read_seconds = 0.6;  // three readers are at it all the time
  EXPECT_FALSE(ShareOfBusyMachine(question));
  cost.read_seconds = 0.1;
  EXPECT_TRUE(ShareOfBusyMachine(question));
}

TEST(BusyMachineTest, FewPhotosSayNothing) {
  ForecastQuestion question = Question(1, {});
  PhotoCost& cost = question.costs[0];
  cost.photo_seconds = 0.2;
  cost.photos = 15;  // for two CPUs
  EXPECT_FALSE(ShareOfBusyMachine(question));
  cost.photos = 16;
  EXPECT_TRUE(ShareOfBusyMachine(question));
  cost.is_steady = false;  // the model's loading is in it
  EXPECT_FALSE(ShareOfBusyMachine(question));
}

}  // namespace
}  // namespace fruits
