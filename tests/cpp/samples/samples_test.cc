#include "samples/samples.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

namespace fruits::samples {
namespace {

namespace fs = std::filesystem;

class SamplesTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    base_ = fs::temp_directory_path() / ("fruits-samples-" + std::to_string(getpid()) + "-" + info->name());
    fs::remove_all(base_);
    fs::create_directories(base_);
  }
  void TearDown() override { fs::remove_all(base_); }

  // A small set, to be quick.
  SamplesOptions Few(const std::string& name) const {
    SamplesOptions options;
    options.directory = (base_ / name).string();
    options.kinds = 3;
    options.photos_per_kind = 4;
    options.size = 40;
    return options;
  }

  fs::path base_;
};

std::string Slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::map<std::string, std::string> Photos(const fs::path& directory) {
  std::map<std::string, std::string> photos;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == ".jpg")
      photos[fs::relative(entry.path(), directory).string()] = Slurp(entry.path());
  }
  return photos;
}

TEST_F(SamplesTest, FoldersAndFramesAsInFruits360) {
  const auto done = RenderSamples(Few("a"));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->kinds, 3U);
  EXPECT_EQ(done->photos, 12U);
  const auto photos = Photos(base_ / "a");
  ASSERT_EQ(photos.size(), 12U);
  EXPECT_TRUE(photos.contains("Apple Red 1/0_40.jpg"));
  EXPECT_TRUE(photos.contains("Apple Red 1/3_40.jpg"));
  for (const auto& [name, bytes] : photos) {
    EXPECT_TRUE(bytes.starts_with("\xFF\xD8\xFF")) << name;
    EXPECT_TRUE(bytes.ends_with("\xFF\xD9")) << name;
  }
}

TEST_F(SamplesTest, SameBytesForAnyNumberOfThreads) {
  SamplesOptions one = Few("one"), three = Few("three");
  one.threads = 1;
  three.threads = 3;
  ASSERT_TRUE(RenderSamples(one));
  ASSERT_TRUE(RenderSamples(three));
  EXPECT_EQ(Photos(base_ / "one"), Photos(base_ / "three"));
}

TEST_F(SamplesTest, SeedsAndFramesDiffer) {
  SamplesOptions other = Few("other");
  other.seed = 2;
  ASSERT_TRUE(RenderSamples(Few("first")));
  ASSERT_TRUE(RenderSamples(other));
  const auto first = Photos(base_ / "first"), second = Photos(base_ / "other");
  for (const auto& [name, bytes] : first) EXPECT_NE(bytes, second.at(name)) << name;
  EXPECT_NE(first.at("Apple Red 1/0_40.jpg"), first.at("Apple Red 1/1_40.jpg"));
}

TEST_F(SamplesTest, SeedsAbove32BitsDiffer) {
  SamplesOptions low = Few("low"), high = Few("high");
  low.kinds = high.kinds = low.photos_per_kind = high.photos_per_kind = 1;
  high.seed = low.seed + (1ULL << 32);
  ASSERT_TRUE(RenderSamples(low));
  ASSERT_TRUE(RenderSamples(high));
  EXPECT_NE(Photos(base_ / "low"), Photos(base_ / "high"));
}

TEST_F(SamplesTest, RefusesAFolderOfSomethingElse) {
  SamplesOptions options = Few("real");
  fs::create_directories(base_ / "real/Apple Red 1");
  std::ofstream(base_ / "real/Apple Red 1/0_100.jpg") << "a real photo";
  for (const bool overwrite : {false, true}) {
    options.overwrite = overwrite;
    const auto done = RenderSamples(options);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), ErrorCode::kFailedPrecondition);
    EXPECT_NE(done.error().message().find(options.directory), std::string::npos) << done.error().message();
  }
  EXPECT_EQ(Slurp(base_ / "real/Apple Red 1/0_100.jpg"), "a real photo");
}

TEST_F(SamplesTest, OverwriteReplacesSamplesAndNothingElse) {
  SamplesOptions options = Few("again");
  ASSERT_TRUE(RenderSamples(options));
  const auto again = RenderSamples(options);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message().find("--overwrite"), std::string::npos) << again.error().message();

  std::ofstream(base_ / "again/Banana/mine.jpg") << "kept";
  options.overwrite = true;
  options.kinds = 1;
  options.photos_per_kind = 2;
  ASSERT_TRUE(RenderSamples(options));
  const auto photos = Photos(base_ / "again");
  ASSERT_EQ(photos.size(), 3U);
  EXPECT_EQ(photos.at("Banana/mine.jpg"), "kept");
  EXPECT_TRUE(photos.contains("Apple Red 1/1_40.jpg"));
  EXPECT_FALSE(fs::exists(base_ / "again/Orange"));
}

TEST_F(SamplesTest, OptionsOutOfRangeAreNamed) {
  const auto refused = [&](auto change, const std::string& word) {
    SamplesOptions options = Few("no");
    change(options);
    const auto done = RenderSamples(options);
    ASSERT_FALSE(done) << word;
    EXPECT_EQ(done.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(done.error().message().find(word), std::string::npos) << done.error().message();
  };
  refused([](SamplesOptions& o) { o.kinds = 1000; }, "--kinds is 1000");
  refused([](SamplesOptions& o) { o.kinds = -1; }, "--kinds is -1");
  refused([](SamplesOptions& o) { o.photos_per_kind = 0; }, "--photos is 0");
  refused([](SamplesOptions& o) { o.size = 15; }, "--size is 15");
  refused([](SamplesOptions& o) { o.directory.clear(); }, "directory");
  EXPECT_FALSE(fs::exists(base_ / "no"));
}

TEST_F(SamplesTest, AFileInTheWayIsNamed) {
  std::ofstream(base_ / "file") << "x";
  const auto done = RenderSamples(Few("file"));
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message().find("file"), std::string::npos);
}

TEST_F(SamplesTest, StopsWhenAsked) {
  std::stop_source source;
  std::size_t seen = 0;
  const auto done = RenderSamples(
      Few("stopped"),
      [&](std::size_t photos, std::size_t total) {
        seen = photos;
        EXPECT_EQ(total, 12U);
        if (photos == 2) source.request_stop();
      },
      source.get_token());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::kCancelled);
  EXPECT_LT(seen, 12U);
  SamplesOptions again = Few("stopped");
  again.overwrite = true;
  EXPECT_TRUE(RenderSamples(again));
}

TEST_F(SamplesTest, ProgressCountsEveryPhoto) {
  std::size_t calls = 0, last = 0;
  ASSERT_TRUE(RenderSamples(Few("p"), [&](std::size_t done, std::size_t) {
    ++calls;
    EXPECT_EQ(done, last + 1);
    last = done;
  }));
  EXPECT_EQ(calls, 12U);
}

TEST(KindNames, AtLeastTenOfTheirOwn) {
  const std::vector<std::string> names = KindNames();
  EXPECT_GE(names.size(), 12U);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

}  // namespace
}  // namespace fruits::samples
