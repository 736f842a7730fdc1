#include "fruits/stats/moments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_dec_float.hpp>
#include <cmath>
#include <iostream>
#include <limits>
#include <random>
#include <thread>

#include "stats/made_rows.h"

namespace fruits {
namespace {

using test::Made;
using test::MadeRows;
using test::MomentsOf;
using testing::HasSubstr;

// Largest difference over the largest magnitude.
double Apart(std::span<const double> a, std::span<const double> b) {
  double apart = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    apart = std::max(apart, std::abs(a[i] - b[i]));
    size = std::max(size, std::abs(b[i]));
  }
  return size > 0 ? apart / size : apart;
}

void ExpectClose(const Moments& a, const Moments& b, double bound) {
  EXPECT_EQ(a.count(), b.count());
  EXPECT_LE(Apart(a.mean(), b.mean()), bound);
  EXPECT_LE(Apart(a.scatter(), b.scatter()), bound);
  EXPECT_TRUE(std::ranges::equal(a.min(), b.min()));
  EXPECT_TRUE(std::ranges::equal(a.max(), b.max()));
}

TEST(Moments, OfThreeRowsByHand) {
  const MadeRows<float> rows{3, 2, {1, 10, 2, 20, 6, 0}};
  const Moments moments = MomentsOf(rows);
  EXPECT_EQ(moments.count(), 3U);
  EXPECT_THAT(moments.mean(), testing::ElementsAre(3, 10));
  EXPECT_THAT(moments.scatter(), testing::ElementsAre(14, -40, 200));
  EXPECT_THAT(moments.min(), testing::ElementsAre(1, 0));
  EXPECT_THAT(moments.max(), testing::ElementsAre(6, 20));
  EXPECT_EQ(moments.ScatterOf(1), 200);
}

TEST(Moments, EmptyHasNothing) {
  const Moments moments(2);
  EXPECT_EQ(moments.count(), 0U);
  EXPECT_EQ(moments.min()[0], std::numeric_limits<double>::infinity());
  EXPECT_EQ(moments.max()[1], -std::numeric_limits<double>::infinity());
  Moments other(2);
  ASSERT_TRUE(other.Merge(moments));
  ASSERT_TRUE(other.Add(MatrixView<const float>()));
  EXPECT_EQ(other.Serialize(), moments.Serialize());
}

// A triangle cut into groups of 192 columns and squares must not show the cuts: against plain sums.
TEST(Moments, WideTriangleMatchesPlainSums) {
  const auto rows = Made<double>(40, 530, 3, 2);
  const Moments moments = MomentsOf(rows);
  double worst = 0;
  for (std::size_t i = 0; i < rows.cols; ++i) {
    for (std::size_t j = i; j < rows.cols; ++j) {
      double sum = 0;
      for (std::size_t r = 0; r < rows.rows; ++r) {
        sum += (rows.view()(r, i) - moments.mean()[i]) * (rows.view()(r, j) - moments.mean()[j]);
      }
      worst = std::max(worst, std::abs(sum - moments.scatter()[moments.PackedRow(i) + j - i]));
    }
  }
  EXPECT_LE(worst, 1e-11);
}

TEST(Moments, AStridedViewIsTheSame) {
  const auto rows = Made<float>(20, 9);
  const MatrixView<const float> left(rows.values.data(), 20, 5, 9);
  MadeRows<float> copy{20, 5, {}};
  for (std::size_t i = 0; i < 20; ++i) {
    for (std::size_t j = 0; j < 5; ++j) copy.values.push_back(rows.view()(i, j));
  }
  Moments strided(5);
  ASSERT_TRUE(strided.Add(left));
  EXPECT_EQ(strided.Serialize(), MomentsOf(copy).Serialize());
}

TEST(Moments, FloatAndDoubleOfTheSameValuesAreTheSameBytes) {
  const auto floats = Made<float>(300, 33);
  const MadeRows<double> doubles{300, 33, {floats.values.begin(), floats.values.end()}};
  EXPECT_EQ(MomentsOf(floats).Serialize(), MomentsOf(doubles).Serialize());
}

template <typename T>
void AnySplitAnyOrder(unsigned seed) {
  std::mt19937 random(seed);
  const std::size_t n = 50 + random() % 700;
  const std::size_t d = 1 + random() % 300;
  const auto rows = Made<T>(n, d, 5, 3, seed);
  const Moments whole = MomentsOf(rows);
  std::vector<Moments> parts;
  for (std::size_t first = 0; first < n;) {
    const std::size_t count = std::min<std::size_t>(1 + random() % 200, n - first);
    parts.emplace_back(d);
    ASSERT_TRUE(parts.back().Add(rows.Range(first, count)));
    first += count;
  }
  // Merge neighbours and strangers in a random tree.
  std::ranges::shuffle(parts, random);
  while (parts.size() > 1) {
    const std::size_t i = random() % (parts.size() - 1);
    ASSERT_TRUE(parts[i].Merge(parts.back()));
    parts.pop_back();
  }
  SCOPED_TRACE(testing::Message() << "seed " << seed << ": " << n << " x " << d);
  ExpectClose(parts.front(), whole, 1e-13 * static_cast<double>(n));
}

TEST(MomentsProperty, AnySplitAnyOrderOfMerges) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    AnySplitAnyOrder<float>(seed);
    AnySplitAnyOrder<double>(seed + 1000);
  }
}

// What a pipeline relies on: blocks may be counted anywhere, as long as they are merged in order.
TEST(MomentsProperty, AddingABlockIsMergingItsMomentsByteForByte) {
  const auto rows = Made<float>(1000, 300);
  Moments added(300), merged(300);
  for (std::size_t first = 0; first < 1000; first += Moments::kBlockRows) {
    const auto block = rows.Range(first, std::min(Moments::kBlockRows, 1000 - first));
    ASSERT_TRUE(added.Add(block));
    Moments own(300);
    ASSERT_TRUE(own.Add(block));
    ASSERT_TRUE(merged.Merge(own));
  }
  EXPECT_EQ(added.Serialize(), merged.Serialize());
  EXPECT_EQ(added.Serialize(), MomentsOf(rows).Serialize());
}

TEST(MomentsProperty, ThreadsAtOnceGiveTheBytesOfOne) {
  const auto rows = Made<float>(512, 700);
  const std::string alone = MomentsOf(rows).Serialize();
  std::vector<std::string> results(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& result : results) threads.emplace_back([&] { result = MomentsOf(rows).Serialize(); });
  }
  for (const std::string& result : results) EXPECT_TRUE(result == alone);
}

TEST(Moments, MergeWithItselfCountsTwice) {
  const auto rows = Made<double>(100, 10);
  Moments moments = MomentsOf(rows);
  Moments twice = moments;
  ASSERT_TRUE(twice.Merge(twice));
  EXPECT_EQ(twice.count(), 200U);
  for (std::size_t i = 0; i < moments.scatter().size(); ++i)
    EXPECT_EQ(twice.scatter()[i], 2 * moments.scatter()[i]);
}

TEST(Moments, ConstantStaysConstantInAnySplit) {
  for (const std::size_t cut : {1U, 7U, 256U, 999U, 10'000U}) {
    Moments moments(2);
    std::vector<float> rows(10'000 * 2);
    for (std::size_t i = 0; i < 10'000; ++i) {
      rows[2 * i] = 0.1F;
      rows[2 * i + 1] = static_cast<float>(i);
    }
    for (std::size_t first = 0; first < 10'000; first += cut) {
      const std::size_t count = std::min<std::size_t>(cut, 10'000 - first);
      ASSERT_TRUE(moments.Add(MatrixView<const float>(rows.data() + 2 * first, count, 2)));
    }
    EXPECT_TRUE(moments.IsConstant(0));
    EXPECT_FALSE(moments.IsConstant(1));
    EXPECT_EQ(moments.mean()[0], static_cast<double>(0.1F));
    EXPECT_EQ(moments.ScatterOf(0), 0);
  }
}

TEST(Moments, VarianceHoldsAgainstFiftyDigits) {
  using Exact = boost::multiprecision::cpp_dec_float_50;
  const std::size_t n = 3000, d = 5;
  const auto rows = Made<double>(n, d, 1e6, 1e-3);
  std::vector<Exact> sum(d, 0), variance(d, 0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) sum[j] += Exact(rows.view()(i, j));
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) {
      const Exact off = Exact(rows.view()(i, j)) - sum[j] / n;
      variance[j] += off * off / (n - 1);
    }
  }
  double worst = 0;
  for (const std::size_t cut : {3U, 64U, 256U, 3000U}) {
    Moments moments(d);
    for (std::size_t first = 0; first < n; first += cut) {
      ASSERT_TRUE(moments.Add(rows.Range(first, std::min<std::size_t>(cut, n - first))));
    }
    for (std::size_t j = 0; j < d; ++j) {
      const Exact mine = Exact(moments.ScatterOf(j)) / (n - 1);
      worst = std::max(worst, static_cast<double>(abs(mine - variance[j]) / variance[j]));
      EXPECT_LE(static_cast<double>(abs(Exact(moments.mean()[j]) - sum[j] / n)),
                1.2e-10);  // one unit in the last place
    }
  }
  RecordProperty("relative_error_of_variance", std::to_string(worst));
  std::cout << "relative error of the variance against 50 digits: " << worst << '\n';
  EXPECT_LE(worst, 1e-12);
}

TEST(Moments, RefusesWhatIsNotFiniteAndStaysAsItWas) {
  const auto good = Made<float>(300, 4);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    Moments moments = MomentsOf(good);
    const std::string before = moments.Serialize();
    auto rows = good;
    rows.values[270 * 4 + 2] = bad;  // in the second block
    const Status status = moments.Add(rows.view());
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(status.error().message(), HasSubstr("row 270, column 2"));
    EXPECT_EQ(moments.Serialize(), before);
  }
  Moments moments(2);
  const std::vector<double> row = {1, std::nan("")};
  EXPECT_FALSE(moments.Add(MatrixView<const double>(row.data(), 1, 2)));
}

TEST(Moments, RefusesAnotherWidth) {
  Moments moments = MomentsOf(Made<float>(10, 4));
  const std::string before = moments.Serialize();
  const auto wide = Made<float>(10, 5);
  const Status added = moments.Add(wide.view());
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message(), testing::AllOf(HasSubstr("5"), HasSubstr("4")));
  EXPECT_FALSE(moments.Merge(MomentsOf(wide)));
  EXPECT_EQ(moments.Serialize(), before);
}

TEST(MomentsBytes, RoundTripIsExactAndGoesOnAlike) {
  const auto rows = Made<double>(500, 20, 1e6, 1e-3);
  Moments moments(20);
  ASSERT_TRUE(moments.Add(rows.Range(0, 300)));
  auto loaded = Moments::Deserialize(moments.Serialize());
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->Serialize(), moments.Serialize());
  ASSERT_TRUE(moments.Add(rows.Range(300, 200)));
  ASSERT_TRUE(loaded->Add(rows.Range(300, 200)));
  EXPECT_EQ(loaded->Serialize(), moments.Serialize());
  const Moments empty(3);
  ASSERT_TRUE(Moments::Deserialize(empty.Serialize()));
}

TEST(MomentsBytes, EveryFlippedByteAndEveryCutIsRefused) {
  const std::string bytes = MomentsOf(Made<float>(10, 4)).Serialize();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    const auto loaded = Moments::Deserialize(flipped);
    ASSERT_FALSE(loaded) << "byte " << i;
    EXPECT_EQ(loaded.error().code(), ErrorCode::kCorrupt);
    EXPECT_FALSE(Moments::Deserialize(std::string_view(bytes).substr(0, i))) << "cut at " << i;
  }
  EXPECT_FALSE(Moments::Deserialize(bytes + "x"));
}

TEST(MomentsParts, RefusesWhatNoRowsGive) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(Moments::FromParts(2, {1, 2}, {1, 0, 1}, {0, 1}, {2, 3}));
  EXPECT_TRUE(Moments::FromParts(0, {0}, {0}, {inf}, {-inf}));
  EXPECT_FALSE(Moments::FromParts(2, {1, 2}, {1, 0}, {0, 1}, {2, 3}));
  EXPECT_FALSE(Moments::FromParts(2, {1, 2}, {1, 0, -1}, {0, 1}, {2, 3}));
  EXPECT_FALSE(Moments::FromParts(2, {1, inf}, {1, 0, 1}, {0, 1}, {2, 3}));
  EXPECT_FALSE(Moments::FromParts(2, {1, 2}, {1, std::nan(""), 1}, {0, 1}, {2, 3}));
  EXPECT_FALSE(Moments::FromParts(2, {1, 2}, {1, 0, 1}, {0, 4}, {2, 3}));
  EXPECT_FALSE(Moments::FromParts(0, {}, {}, {}, {}));
}

}  // namespace
}  // namespace fruits
