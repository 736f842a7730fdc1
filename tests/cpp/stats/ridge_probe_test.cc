#include "fruits/stats/ridge_probe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "fruits/stats/nearest.h"

namespace fruits {
namespace {

constexpr std::size_t kRows = 60;
constexpr std::size_t kColumns = 4;
constexpr std::uint32_t kLabels = 3;

struct Labelled {
  std::vector<float> values;
  std::vector<std::uint32_t> labels;
  RowGroups groups;
  Gram gram() const { return *Gram::Of({values.data(), labels.size(), kColumns}); }
};

// Clouds around three places, `apart` from each other, in groups that go round.
Labelled Clouds(double apart, std::uint32_t groups = 5) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  Labelled made;
  for (std::uint32_t i = 0; i < kRows; ++i) {
    made.labels.push_back(i % kLabels);
    made.groups.group.push_back(i / kLabels % groups);
    for (std::size_t j = 0; j < kColumns; ++j)
      made.values.push_back(static_cast<float>(normal(random) + (j == i % kLabels ? apart : 0)));
  }
  return made;
}

// The same classifier in its primal form, (X^T X + alpha I) W = X^T Y, by Gauss and Jordan.
std::vector<std::uint32_t> Primal(const Labelled& data, std::uint32_t fold, double ridge) {
  std::vector<std::size_t> training;
  for (std::size_t i = 0; i < kRows; ++i)
    if (data.groups.MayTell(i, fold)) training.push_back(i);
  const double n = static_cast<double>(training.size());
  double mean[kColumns] = {}, intercept[kLabels] = {-1, -1, -1};
  for (const std::size_t i : training) {
    for (std::size_t j = 0; j < kColumns; ++j) mean[j] += data.values[i * kColumns + j] / n;
    intercept[data.labels[i]] += 2 / n;
  }
  double m[kColumns][kColumns + kLabels] = {};
  double trace = 0;
  for (const std::size_t i : training) {
    double x[kColumns];
    for (std::size_t j = 0; j < kColumns; ++j) x[j] = data.values[i * kColumns + j] - mean[j];
    for (std::size_t a = 0; a < kColumns; ++a) {
      for (std::size_t b = 0; b < kColumns; ++b) m[a][b] += x[a] * x[b];
      for (std::uint32_t l = 0; l < kLabels; ++l)
        m[a][kColumns + l] += x[a] * ((data.labels[i] == l ? 1.0 : -1.0) - intercept[l]);
      trace += x[a] * x[a];
    }
  }
  for (std::size_t a = 0; a < kColumns; ++a) m[a][a] += ridge * trace / n;
  for (std::size_t a = 0; a < kColumns; ++a) {
    const double pivot = m[a][a];
    for (double& x : m[a]) x /= pivot;
    for (std::size_t b = 0; b < kColumns; ++b) {
      const double factor = m[b][a];
      for (std::size_t j = 0; b != a && j < kColumns + kLabels; ++j) m[b][j] -= factor * m[a][j];
    }
  }
  std::vector<std::uint32_t> predicted(kRows, kNoRow);
  for (std::size_t i = 0; i < kRows; ++i) {
    double scores[kLabels];
    for (std::uint32_t l = 0; l < kLabels; ++l) {
      scores[l] = intercept[l];
      for (std::size_t a = 0; a < kColumns; ++a)
        scores[l] += m[a][kColumns + l] * (data.values[i * kColumns + a] - mean[a]);
    }
    predicted[i] = static_cast<std::uint32_t>(std::ranges::max_element(scores) - scores);
  }
  return predicted;
}

TEST(RidgeProbe, IsThePrimalClassifierTrainedOnTheOtherGroups) {
  const Labelled data = Clouds(1);
  for (const double ridge : {0.001, 0.01, 0.5}) {
    const auto predicted = ProbeLabels(data.gram(), data.labels, data.groups, {.ridge = ridge});
    ASSERT_TRUE(predicted) << predicted.error().message();
    for (std::uint32_t fold = 0; fold < 5; ++fold) {
      const auto expected = Primal(data, fold, ridge);
      for (std::size_t i = 0; i < kRows; ++i) {
        if (data.groups.group[i] != fold) continue;
        EXPECT_EQ((*predicted)[i], expected[i]) << "row " << i;
      }
    }
  }
}

TEST(RidgeProbe, DoesNotLearnFromTheMargin) {
  Labelled data = Clouds(0.5);
  // Two of five rows beside each group, on either side.
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const std::uint32_t own = data.groups.group[i];
    data.groups.margins.push_back(
        {i % 5 < 2 ? (own + 1) % 5 : RowGroups::kNone, i % 5 > 2 ? (own + 4) % 5 : RowGroups::kNone});
  }
  const auto predicted = ProbeLabels(data.gram(), data.labels, data.groups, {.ridge = 0.001});
  ASSERT_TRUE(predicted) << predicted.error().message();
  for (std::uint32_t fold = 0; fold < 5; ++fold) {
    const auto expected = Primal(data, fold, 0.001);
    for (std::size_t i = 0; i < kRows; ++i) {
      if (data.groups.group[i] != fold) continue;
      EXPECT_EQ((*predicted)[i], expected[i]) << "row " << i;
    }
  }
  data.groups.margins.clear();
  EXPECT_NE(*ProbeLabels(data.gram(), data.labels, data.groups, {.ridge = 0.001}), *predicted);
}

TEST(RidgeProbe, TellsCloudsFarApartAndNotThoseOnTopOfEachOther) {
  const auto right = [](double apart) {
    const Labelled data = Clouds(apart);
    const auto predicted = *ProbeLabels(data.gram(), data.labels, data.groups);
    std::size_t count = 0;
    for (std::size_t i = 0; i < kRows; ++i) count += predicted[i] == data.labels[i];
    return count;
  };
  EXPECT_EQ(right(30), kRows);
  EXPECT_LT(right(0), kRows * 6 / 10);
}

TEST(RidgeProbe, ManyGroupsShareFolds) {
  const Labelled data = Clouds(30, 20);
  const auto predicted = ProbeLabels(data.gram(), data.labels, data.groups, {.max_folds = 2});
  ASSERT_TRUE(predicted);
  EXPECT_EQ(*predicted, data.labels);
}

TEST(RidgeProbe, EqualRowsGetTheMostFrequentLabel) {
  Labelled data = Clouds(0);
  std::ranges::fill(data.values, 2.0F);
  data.labels.assign(kRows, 2);
  data.labels[0] = 1;
  const auto predicted = ProbeLabels(data.gram(), data.labels, data.groups);
  ASSERT_TRUE(predicted) << predicted.error().message();
  EXPECT_EQ(std::ranges::count(*predicted, 2U), static_cast<std::ptrdiff_t>(kRows));
}

TEST(RidgeProbe, RefusesWhatCannotBeAsked) {
  const Labelled data = Clouds(1);
  const auto code = [&](const auto& labels, const auto& groups, const RidgeProbeOptions& options = {}) {
    return ProbeLabels(data.gram(), labels, groups, options).error().code();
  };
  const RowGroups one{std::vector<std::uint32_t>(kRows, 0)};
  EXPECT_EQ(code(data.labels, one), ErrorCode::kInvalidArgument);
  // Every row of other groups lies beside group 0.
  RowGroups beside = data.groups;
  beside.margins.assign(kRows, {0, RowGroups::kNone});
  EXPECT_EQ(code(data.labels, beside), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(std::vector<std::uint32_t>(3), data.groups), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(data.labels, data.groups, {.ridge = 0}), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace fruits
