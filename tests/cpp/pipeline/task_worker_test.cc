// A run whose photos others compute: the same files, whoever did what, and how often.
#include "fruits/pipeline/task_worker.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "fruits/pipeline/run.h"
#include "temp_folder.h"
#include "test_data.h"

namespace fruits {
namespace {

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class TaskWorkerTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* models = std::getenv("FRUITS_TEST_MODELS");
    if (!models || !*models)
      GTEST_SKIP() << "no models: set FRUITS_TEST_MODELS to a store with efficientnet-lite0";
    const auto data = test::DataDir();
    if (!data) GTEST_SKIP() << "the test data is not there: set FRUITS_TEST_DATA to its folder";
    // Ten copies of 30 photos: 300, which are three tasks.
    for (int i = 0; i < 10; ++i) {
      std::filesystem::copy(*data / "golden/photos", photos_.path() / std::to_string(i),
                            std::filesystem::copy_options::recursive);
    }
    std::ofstream(photos_.path() / "3/mango/broken.jpg") << "no photo";
    options_.models = models;
    options_.inputs = {photos_.path().string()};
    options_.components = 3;
    options_.input_size = 32;
    options_.threads = 2;
  }

  RunOptions OptionsTo(const test::TempFolder& out) const {
    RunOptions options = options_;
    options.output = (out.path() / "out").string();
    return options;
  }

  std::string CsvOfOneMachine() const {
    test::TempFolder out;
    const auto summary = fruits::Run(OptionsTo(out), {});
    EXPECT_TRUE(summary) << summary.error().message();
    return ReadText(out.path() / "out/pca_result.csv");
  }

  test::TempFolder photos_;
  RunOptions options_;
};

Status ComputeAll(const RunOptions& options, std::span<const std::string> tasks) {
  auto worker = TaskWorker::Create(options);
  if (!worker) return std::unexpected(worker.error());
  const auto done = (*worker)->Compute(tasks);
  return done ? Status() : std::unexpected(done.error());
}

TEST_F(TaskWorkerTest, TwoWorkersGiveTheFilesOfOneMachine) {
  test::TempFolder out;
  const RunOptions options = OptionsTo(out);
  std::size_t tasks_given = 0;
  const auto summary =
      fruits::Run(options, {.distribute = [&](const std::vector<std::string>& tasks) -> Status {
                    tasks_given = tasks.size();
                    std::vector<Status> done(2);
                    {
                      const std::span all(tasks);
                      std::jthread first([&] { done[0] = ComputeAll(options, all.first(2)); });
                      std::jthread second([&] { done[1] = ComputeAll(options, all.subspan(2)); });
                    }
                    for (const Status& status : done) {
                      if (!status) return status;
                    }
                    return {};
                  }});
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(tasks_given, 3U);
  EXPECT_EQ(summary->counts.photos, 301U);
  EXPECT_EQ(summary->counts.features, 300U);
  EXPECT_EQ(summary->counts.computed, 301U);
  EXPECT_EQ(summary->counts.added, 301U);
  EXPECT_EQ(ReadText(out.path() / "out/pca_result.csv"), CsvOfOneMachine());
  EXPECT_NE(ReadText(out.path() / "out/rejected.csv").find("broken.jpg"), std::string::npos);
}

TEST_F(TaskWorkerTest, WorkDoneTwiceIsOneRowAndWorkNotDoneIsDoneByTheRun) {
  test::TempFolder out;
  const RunOptions options = OptionsTo(out);
  const auto summary =
      fruits::Run(options, {.distribute = [&](const std::vector<std::string>& tasks) -> Status {
                    const std::span all(tasks);
                    if (Status status = ComputeAll(options, all.first(2)); !status) return status;
                    return ComputeAll(options, all.subspan(1, 1));  // again; the third never
                  }});
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(summary->counts.features, 300U);
  EXPECT_EQ(ReadText(out.path() / "out/pca_result.csv"), CsvOfOneMachine());
}

TEST_F(TaskWorkerTest, TheSameCommandGoesOnAfterAFailure) {
  test::TempFolder out;
  const RunOptions options = OptionsTo(out);
  const auto failed =
      fruits::Run(options, {.distribute = [&](const std::vector<std::string>& tasks) -> Status {
                    if (Status status = ComputeAll(options, std::span(tasks).first(1)); !status)
                      return status;
                    return Fail(ErrorCode::kUnavailable, "the cluster is gone");
                  }});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message().find("the cluster is gone"), std::string::npos);
  std::size_t photos_left = 0;
  const auto summary =
      fruits::Run(options, {.distribute = [&](const std::vector<std::string>& tasks) -> Status {
                    photos_left = tasks.size();
                    return ComputeAll(options, tasks);
                  }});
  ASSERT_TRUE(summary) << summary.error().message();
  EXPECT_EQ(photos_left, 2U);
  EXPECT_EQ(summary->counts.kept, 128U);
  EXPECT_EQ(ReadText(out.path() / "out/pca_result.csv"), CsvOfOneMachine());
}

TEST_F(TaskWorkerTest, AWorkerWithOtherOptionsRefuses) {
  test::TempFolder out;
  const RunOptions options = OptionsTo(out);
  const auto result =
      fruits::Run(options, {.distribute = [&](const std::vector<std::string>& tasks) -> Status {
                    RunOptions other = options;
                    other.input_size = 64;
                    return ComputeAll(other, tasks);
                  }});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kFailedPrecondition);
  auto worker = TaskWorker::Create(options);
  ASSERT_TRUE(worker);
  const std::vector<std::string> broken = {"{\"photos\": 3}"};
  EXPECT_EQ((*worker)->Compute(broken).error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace fruits
