#include "fruits/pipeline/photo_featurizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <thread>

#include "test_data.h"

namespace fruits {
namespace {

std::vector<std::byte> ReadFileBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

class PhotoFeaturizerTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* models = std::getenv("FRUITS_TEST_MODELS");
    if (!models || !*models)
      GTEST_SKIP() << "no models: set FRUITS_TEST_MODELS to a store with efficientnet-lite0";
    const auto data = test::DataDir();
    if (!data) GTEST_SKIP() << "the test data is not there: set FRUITS_TEST_DATA to its folder";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(*data / "golden/photos")) {
      if (entry.is_regular_file()) addresses_.push_back(entry.path().string());
    }
    std::ranges::sort(addresses_);
    for (const std::string& address : addresses_) bytes_.push_back(ReadFileBytes(address));
    RunOptions options;
    options.models = models;
    options.input_size = 96;
    options.threads = 2;
    auto created = PhotoFeaturizer::Create(options);
    ASSERT_TRUE(created) << created.error().message();
    featurizer_ = std::move(*created);
  }

  std::vector<std::span<const std::byte>> Photos() const { return {bytes_.begin(), bytes_.end()}; }

  std::vector<float> Featurize() {
    std::vector<float> features(bytes_.size() * featurizer_->dimension());
    faults_.assign(bytes_.size(), {});
    const auto photos = Photos();
    const Status status = featurizer_->Featurize(photos, features, faults_);
    EXPECT_TRUE(status) << status.error().message();
    return features;
  }

  std::vector<std::string> addresses_;
  std::vector<std::vector<std::byte>> bytes_;
  std::vector<PhotoFault> faults_;
  std::unique_ptr<PhotoFeaturizer> featurizer_;
};

TEST_F(PhotoFeaturizerTest, BytesAndAddressesGiveTheSameBits) {
  const std::vector<float> of_bytes = Featurize();
  std::vector<float> of_files(of_bytes.size());
  ASSERT_TRUE(featurizer_->FeaturizeFiles(addresses_, of_files, faults_));
  EXPECT_EQ(of_bytes, of_files);
  EXPECT_EQ(featurizer_->dimension(), 1280U);
  EXPECT_EQ(featurizer_->input_width(), 96);
}

TEST_F(PhotoFeaturizerTest, ABadPhotoHasAReasonAndARowOfNaNAndLeavesItsNeighboursAlone) {
  const std::vector<float> whole = Featurize();
  bytes_[3].resize(bytes_[3].size() / 2);
  bytes_[7].clear();
  const std::vector<float> features = Featurize();
  const std::size_t dimension = featurizer_->dimension();
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    const std::span row(features.data() + i * dimension, dimension);
    const bool is_bad = i == 3 || i == 7;
    EXPECT_EQ(!faults_[i].reason.empty(), is_bad) << i << ": " << faults_[i].reason;
    if (is_bad) {
      EXPECT_TRUE(std::ranges::all_of(row, [](float x) { return std::isnan(x); }));
    } else {
      EXPECT_TRUE(std::ranges::equal(row, std::span(whole.data() + i * dimension, dimension))) << i;
    }
  }
  EXPECT_EQ(faults_[3].stage, "decode");
}

TEST_F(PhotoFeaturizerTest, AFileThatIsNotThereIsAFaultOfItsOwn) {
  addresses_[0] = "/nowhere/at all.jpg";
  std::vector<float> features(addresses_.size() * featurizer_->dimension());
  std::vector<PhotoFault> faults(addresses_.size());
  ASSERT_TRUE(featurizer_->FeaturizeFiles(addresses_, features, faults));
  EXPECT_EQ(faults[0].stage, "read");
  EXPECT_TRUE(faults[1].reason.empty());
}

TEST_F(PhotoFeaturizerTest, CallsFromManyThreadsGiveTheSameBits) {
  const std::vector<float> alone = Featurize();
  std::vector<std::vector<float>> features(3, std::vector<float>(alone.size()));
  {
    std::vector<std::jthread> threads;
    for (auto& mine : features) {
      threads.emplace_back([&] {
        std::vector<PhotoFault> faults(bytes_.size());
        const auto photos = Photos();
        EXPECT_TRUE(featurizer_->Featurize(photos, mine, faults));
      });
    }
  }
  for (const auto& mine : features) EXPECT_EQ(mine, alone);
}

TEST_F(PhotoFeaturizerTest, RefusesWrongSizesAndAStoppedCall) {
  const auto photos = Photos();
  std::vector<float> features(10);
  std::vector<PhotoFault> faults(photos.size());
  EXPECT_EQ(featurizer_->Featurize(photos, features, faults).error().code(), ErrorCode::kInvalidArgument);
  features.resize(photos.size() * featurizer_->dimension());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(featurizer_->Featurize(photos, features, faults, stop.get_token()).error().code(),
            ErrorCode::kCancelled);
  EXPECT_TRUE(featurizer_->Featurize({}, {}, {}));
}

}  // namespace
}  // namespace fruits
