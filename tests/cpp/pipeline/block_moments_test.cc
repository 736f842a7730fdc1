#include "pipeline/block_moments.h"

#include <gtest/gtest.h>

#include <random>

namespace fruits {
namespace {

constexpr std::size_t kDimension = 5;

std::vector<float> RandomRow(std::mt19937& random) {
  std::normal_distribution<float> normal(3, 2);
  std::vector<float> row(kDimension);
  for (float& x : row) x = normal(random);
  return row;
}

TEST(BlockMomentsTest, BlocksAreCutByCatalogRowsHoweverManyAreMissing) {
  std::mt19937 random(1);
  BlockMoments blocks(kDimension);
  Moments expected(kDimension);
  std::vector<float> block;
  std::size_t number = 0;
  const auto flush = [&] {
    if (!block.empty()) {
      ASSERT_TRUE(expected.Add(MatrixView<const float>(block.data(), block.size() / kDimension, kDimension)));
    }
    block.clear();
  };
  for (std::size_t row = 0; row < 1000; ++row) {
    if (row % 7 == 3 || (row >= 512 && row < 768)) continue;  // rejected; one block has no row at all
    if (row / Moments::kBlockRows != number) flush();
    number = row / Moments::kBlockRows;
    const std::vector<float> features = RandomRow(random);
    block.insert(block.end(), features.begin(), features.end());
    ASSERT_TRUE(blocks.Push(row, row % 2 ? "odd" : "even", std::span<const float>(features)));
  }
  flush();
  const auto totals = blocks.Finish();
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->moments.Serialize(), expected.Serialize());
  EXPECT_EQ(totals->labels.entries().at("odd").count + totals->labels.entries().at("even").count,
            expected.count());
}

TEST(BlockMomentsTest, FloatsAndTheirDoublesGiveTheSameBytes) {
  std::mt19937 random(2);
  BlockMoments floats(kDimension);
  BlockMoments doubles(kDimension);
  for (std::size_t row = 0; row < 300; ++row) {
    const std::vector<float> features = RandomRow(random);
    const std::vector<double> widened(features.begin(), features.end());
    ASSERT_TRUE(floats.Push(row, "a", std::span<const float>(features)));
    ASSERT_TRUE(doubles.Push(row, "a", std::span<const double>(widened)));
  }
  EXPECT_EQ(floats.Finish()->moments.Serialize(), doubles.Finish()->moments.Serialize());
}

TEST(BlockMomentsTest, ARowThatIsNotANumberIsAnError) {
  BlockMoments blocks(kDimension);
  const std::vector<float> bad(kDimension, std::numeric_limits<float>::quiet_NaN());
  (void)blocks.Push(0, "a", std::span<const float>(bad));
  const auto totals = blocks.Finish();
  ASSERT_FALSE(totals);
  EXPECT_EQ(totals.error().code(), ErrorCode::kCorrupt);
}

TEST(BlockMomentsTest, CanBeLeftWithoutFinishing) {
  BlockMoments blocks(kDimension);
  const std::vector<float> row(kDimension, 1);
  for (std::size_t i = 0; i < 5000; ++i) ASSERT_TRUE(blocks.Push(i, "a", std::span<const float>(row)));
}

}  // namespace
}  // namespace fruits
