#include "pipeline/judging_memory.h"

#include <gtest/gtest.h>

namespace fruits {
namespace {

constexpr std::uint64_t kGigabyte = 1'000'000'000;

TEST(JudgingMemory, PooledFeaturesOfAllThatAreComparedTakeLessThan3Gigabytes) {
  const std::uint64_t bytes =
      BytesToJudge({.photos = 12'000, .dimension = 2048, .reference_dimension = 2048, .components = 50});
  EXPECT_GT(bytes, 2 * kGigabyte);
  EXPECT_LT(bytes, 3 * kGigabyte);
}

TEST(JudgingMemory, FlattenedMapsTakeWhatTheirRowsTake) {
  const JudgedSize size{
      .photos = 12'000, .dimension = 100'352, .reference_dimension = 100'352, .components = 7};
  EXPECT_GT(BytesToJudge(size), std::uint64_t{2} * 12'000 * 100'352 * 4);
  EXPECT_LT(BytesToJudge(size), 13 * kGigabyte);
}

TEST(JudgingMemory, ARefusalSaysHowManyFit) {
  JudgedSize size{.photos = 12'000, .dimension = 100'352, .reference_dimension = 0, .components = 7};
  EXPECT_TRUE(CheckJudgingFits(size, 12'000, BytesToJudge(size)));
  const std::uint64_t usable = 4 * kGigabyte;
  const Status refused = CheckJudgingFits(size, 0, usable);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  const std::string& message = refused.error().message();
  EXPECT_TRUE(message.starts_with("--images 0: to judge 100352 features of 12000 photos takes ")) << message;
  const std::size_t at = message.find("at most ");
  ASSERT_NE(at, std::string::npos) << message;
  size.photos = std::stoul(message.substr(at + 8));
  EXPECT_LE(BytesToJudge(size), usable);
  ++size.photos;
  EXPECT_GT(BytesToJudge(size), usable);
}

}  // namespace
}  // namespace fruits
