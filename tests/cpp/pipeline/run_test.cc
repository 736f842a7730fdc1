// The whole chain inside one process, on real photos with a real model: what the thread sanitizer looks at.
#include "fruits/pipeline/run.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "fruits/core/sha256.h"
#include "temp_folder.h"
#include "test_data.h"

namespace fruits {
namespace {

class RunTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* models = std::getenv("FRUITS_TEST_MODELS");
    if (!models || !*models)
      GTEST_SKIP() << "no models: set FRUITS_TEST_MODELS to a store with efficientnet-lite0";
    const auto data = test::DataDir();
    if (!data) GTEST_SKIP() << "the test data is not there: set FRUITS_TEST_DATA to its folder";
    options_.models = models;
    options_.inputs = {(*data / "golden/photos").string()};
    options_.components = 3;
    options_.input_size = 96;
    options_.threads = 2;
  }

  RunOptions OptionsTo(const test::TempFolder& out) const {
    RunOptions options = options_;
    options.output = (out.path() / "out").string();
    return options;
  }

  static std::string Csv(const test::TempFolder& out) {
    const auto digest = Sha256OfFile((out.path() / "out/pca_result.csv").string());
    return digest ? ToHex(*digest) : digest.error().message();
  }

  RunOptions options_;
};

TEST_F(RunTest, ThreadsAndBatchesDoNotChangeABit) {
  test::TempFolder first;
  test::TempFolder second;
  const auto summary = fruits::Run(OptionsTo(first), {});
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(summary->counts.features, 30U);
  RunOptions other = OptionsTo(second);
  other.threads = 3;
  other.batch_size = 7;
  ASSERT_TRUE(fruits::Run(other, {}));
  EXPECT_EQ(Csv(first), Csv(second));
}

TEST_F(RunTest, AStoppedRunGoesOn) {
  test::TempFolder whole;
  ASSERT_TRUE(fruits::Run(OptionsTo(whole), {}));
  test::TempFolder stopped;
  std::stop_source stop;
  std::uint64_t seen = 0;
  const auto result = fruits::Run(OptionsTo(stopped), {.stop = stop.get_token(),
                                                       .on_progress =
                                                           [&](const Progress& progress) {
                                                             seen = progress.done;
                                                             if (progress.phase == Phase::kFeaturizing)
                                                               stop.request_stop();
                                                           },
                                                       .painter = nullptr});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kCancelled);
  const auto inspected = InspectFolder((stopped.path() / "out").string(), "/");
  ASSERT_TRUE(inspected);
  EXPECT_EQ(inspected->kind, FolderStatus::Kind::kUnfinished);
  const auto summary = fruits::Run(OptionsTo(stopped), {});
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(summary->counts.kept + summary->counts.computed, 30U);
  EXPECT_EQ(Csv(whole), Csv(stopped));
}

TEST_F(RunTest, AFailingSinkEndsTheRunWithItsError) {
  test::TempFolder photos;
  std::filesystem::copy(options_.inputs[0], photos.path() / "photos",
                        std::filesystem::copy_options::recursive);
  std::filesystem::resize_file(photos.path() / "photos/mango/103_100.jpg", 100);
  test::TempFolder out;
  RunOptions options = OptionsTo(out);
  options.inputs = {(photos.path() / "photos").string()};
  options.on_error = OnError::kFail;
  const auto result = fruits::Run(options, {});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message().find("103_100.jpg"), std::string::npos) << result.error().message();
  options.on_error = OnError::kSkip;
  const auto summary = fruits::Run(options, {});
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->counts.rejected, 1U);
  EXPECT_TRUE(summary->too_many_rejected);
}

TEST_F(RunTest, WhoWatchesSeesBytesQueuesAndRejectedPhotos) {
  test::TempFolder photos;
  std::filesystem::copy(options_.inputs[0], photos.path() / "photos",
                        std::filesystem::copy_options::recursive);
  std::filesystem::resize_file(photos.path() / "photos/mango/103_100.jpg", 100);
  std::uint64_t bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(photos.path() / "photos"))
    if (file.is_regular_file() && file.path().extension() == ".jpg") bytes += file.file_size();
  test::TempFolder out;
  RunOptions options = OptionsTo(out);
  options.inputs = {(photos.path() / "photos").string()};
  options.price_per_hour = 3600;
  StageTimes times;
  std::vector<std::string> rejected;
  RunHooks hooks;
  hooks.times = &times;
  hooks.on_rejected = [&](const RejectedRow& photo) { rejected.push_back(photo.path); };
  const auto summary = fruits::Run(options, hooks);
  ASSERT_TRUE(summary) << summary.error().message();
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_TRUE(rejected[0].ends_with("mango/103_100.jpg"));
  EXPECT_EQ(times.bytes_read.load(), bytes);
  EXPECT_EQ(times.in_flight.load(), 0);
  EXPECT_EQ(times.waiting_to_decode.load(), 0);
  EXPECT_GT(times.decode_ns.load(), 0);
  const double total = summary->seconds.at("total");
  EXPECT_NEAR(summary->use.cost, total, 0.05 * total + 0.01);
  EXPECT_NEAR(summary->use.core_hours, summary->use.cores * total / 3600, 1e-4);
  EXPECT_GT(summary->use.cpu_seconds, 0);
}

TEST_F(RunTest, AStoppedRunLeavesNothingInFlight) {
  test::TempFolder out;
  std::stop_source stop;
  StageTimes times;
  RunHooks hooks;
  hooks.stop = stop.get_token();
  hooks.times = &times;
  hooks.on_progress = [&](const Progress& progress) {
    if (progress.done > 0) stop.request_stop();
  };
  ASSERT_FALSE(fruits::Run(OptionsTo(out), hooks));
  EXPECT_EQ(times.in_flight.load(), 0);
}

}  // namespace
}  // namespace fruits
