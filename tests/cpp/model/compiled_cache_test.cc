#include "model/compiled_cache.h"

#include <gtest/gtest.h>

#include <thread>

#include "fruits/model/feature_extractor.h"
#include "model/test_models.h"

namespace fruits {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> Files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) files.push_back(entry.path());
  return files;
}

class CompiledCacheTest : public testing::Test {
 protected:
  CompiledCacheTest()
      : bundle_(test::MakeConvBundle(folder_.path() / "model")), cache_(folder_.path() / "cache" / "deep") {}

  std::vector<float> Features(const std::string& cache, int threads = 2) {
    const auto extractor = FeatureExtractor::Create(bundle_, {.threads = threads, .cache_directory = cache});
    if (!extractor) {
      ADD_FAILURE() << extractor.error().message();
      return {};
    }
    std::vector<float> features(4 * bundle_.dimension);
    EXPECT_TRUE((*extractor)->Extract(test::RandomPhotos(bundle_, 4), 4, features));
    return features;
  }
  // Whether the folder has a file that OpenVINO takes.
  bool Loads() {
    ov::Core core;
    const std::string name = Files(cache_).at(0).stem().string();
    return CompiledCache(cache_.string()).Load(core, {}, name).has_value();
  }

  test::TempDir folder_;
  Bundle bundle_;
  fs::path cache_;
};

TEST_F(CompiledCacheTest, KeepsOneFileAndUsesIt) {
  const auto fresh = Features("");
  EXPECT_EQ(Features(cache_.string()), fresh);
  ASSERT_EQ(Files(cache_).size(), 1U);
  EXPECT_TRUE(Loads());
  const auto written = fs::last_write_time(Files(cache_)[0]);
  const auto size = fs::file_size(Files(cache_)[0]);
  EXPECT_EQ(Features(cache_.string()), fresh);
  ASSERT_EQ(Files(cache_).size(), 1U);
  EXPECT_GE(fs::last_write_time(Files(cache_)[0]), written);
  EXPECT_EQ(fs::file_size(Files(cache_)[0]), size);
}

TEST_F(CompiledCacheTest, AnotherModelInTheSamePlaceIsCompiledAnew) {
  const auto before = Features(cache_.string());
  bundle_ = test::MakeConvBundle(folder_.path() / "model", false, /*seed=*/2);
  const auto after = Features(cache_.string());
  EXPECT_NE(after, before);
  EXPECT_EQ(after, Features(""));
  EXPECT_EQ(Files(cache_).size(), 2U);
}

TEST_F(CompiledCacheTest, OtherOptionsAreOtherFiles) {
  Features(cache_.string(), 2);
  Features(cache_.string(), 3);
  EXPECT_EQ(Files(cache_).size(), 2U);
}

TEST_F(CompiledCacheTest, DamagedFilesAreReplaced) {
  const auto fresh = Features(cache_.string());
  const fs::path file = Files(cache_).at(0);
  const std::string good = test::ReadText(file);
  std::string flipped = good;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x40);
  for (const std::string& damaged :
       {flipped, good.substr(0, good.size() / 2), good.substr(0, 10), std::string()}) {
    test::WriteText(file, damaged);
    EXPECT_FALSE(Loads());
    EXPECT_EQ(Features(cache_.string()), fresh);
    EXPECT_TRUE(Loads());
  }
}

TEST_F(CompiledCacheTest, AFolderThatCannotBeWrittenIsAsGoodAsNone) {
  test::WriteText(folder_.path() / "file", "");
  EXPECT_EQ(Features((folder_.path() / "file" / "cache").string()), Features(""));
}

TEST_F(CompiledCacheTest, ManyAtOnceLeaveOneWholeFile) {
  const auto fresh = Features("");
  std::vector<std::vector<float>> features(4);
  std::vector<std::thread> threads;
  for (auto& mine : features) threads.emplace_back([&] { mine = Features(cache_.string()); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : features) EXPECT_EQ(mine, fresh);
  ASSERT_EQ(Files(cache_).size(), 1U);
  EXPECT_TRUE(Loads());
}

TEST_F(CompiledCacheTest, KeepsTheFilesUsedLast) {
  for (int threads = 1; threads <= CompiledCache::kKept; ++threads) Features(cache_.string(), threads);
  const auto before = Files(cache_);
  ASSERT_EQ(before.size(), static_cast<std::size_t>(CompiledCache::kKept));
  const fs::path& old = before.at(0);
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(1));
  Features(cache_.string(), CompiledCache::kKept + 1);
  EXPECT_EQ(Files(cache_).size(), static_cast<std::size_t>(CompiledCache::kKept));
  EXPECT_FALSE(fs::exists(old));
}

}  // namespace
}  // namespace fruits
