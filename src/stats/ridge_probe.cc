#include "fruits/stats/ridge_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "fruits/core/try.h"
#include "stats/aligned_buffer.h"
#include "stats/blas.h"

namespace fruits {
namespace {

std::uint32_t CountOf(std::span<const std::uint32_t> numbers) {
  return numbers.empty() ? 0 : *std::ranges::max_element(numbers) + 1;
}

// Which of the classifiers each group is asked of, and may not teach.
class Folds {
 public:
  Folds(const RowGroups& groups, std::span<const std::uint32_t> used, std::size_t count)
      : groups_(groups), fold_of_(used.back() + std::size_t{1}, kNoFold) {
    for (std::size_t i = 0; i < used.size(); ++i) fold_of_[used[i]] = i % count;
  }

  bool Asks(std::size_t fold, std::size_t row) const { return fold_of_[groups_.group[row]] == fold; }
  bool LearnsFrom(std::size_t fold, std::size_t row) const {
    if (Asks(fold, row)) return false;
    if (groups_.margins.empty()) return true;
    return std::ranges::none_of(groups_.margins[row], [&](std::uint32_t group) {
      return group < fold_of_.size() && fold_of_[group] == fold;
    });
  }

 private:
  static constexpr std::size_t kNoFold = std::numeric_limits<std::size_t>::max();
  const RowGroups& groups_;
  std::vector<std::size_t> fold_of_;  // by group
};

// One classifier, and what it says of the rows that it was not trained on.
class Fold {
 public:
  Fold(const Gram& gram, std::span<const std::uint32_t> labels, std::uint32_t label_count)
      : gram_(gram), labels_(labels), label_count_(label_count) {}

  Status Predict(std::span<const std::uint32_t> training, std::span<const std::uint32_t> asked, double ridge,
                 std::span<std::uint32_t> predicted) {
    FRUITS_CHECK(Train(training, ridge));
    const std::size_t n = training.size();
    std::vector<double> products(n);
    std::vector<double> scores(label_count_);
    for (const std::uint32_t row : asked) {
      double mean = 0;
      for (std::size_t j = 0; j < n; ++j) mean += products[j] = gram_(row, training[j]);
      mean /= static_cast<double>(n);
      for (std::size_t j = 0; j < n; ++j) products[j] += overall_ - mean - means_[j];
      // targets_ holds the coefficients now, a label a row.
      blas::DotRows(label_count_, n, targets_.data(), n, products.data(), scores.data());
      for (std::uint32_t label = 0; label < label_count_; ++label) scores[label] += intercepts_[label];
      predicted[row] = static_cast<std::uint32_t>(std::ranges::max_element(scores) - scores.begin());
    }
    return {};
  }

 private:
  // The training rows' inner products about their own mean.
  void Centre(std::span<const std::uint32_t> rows, double* kernel) {
    const std::size_t n = rows.size();
    means_.assign(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) means_[i] += kernel[i * n + j] = gram_(rows[i], rows[j]);
      means_[i] /= static_cast<double>(n);
    }
    overall_ = std::accumulate(means_.begin(), means_.end(), 0.0) / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) kernel[i * n + j] += overall_ - means_[i] - means_[j];
    }
  }

  // Targets of +1 and -1 about their mean, which is the intercept.
  void SetTargets(std::span<const std::uint32_t> rows) {
    const std::size_t n = rows.size();
    targets_.assign(label_count_ * n, -1.0);
    intercepts_.assign(label_count_, -1.0);
    for (std::size_t i = 0; i < n; ++i) {
      targets_[labels_[rows[i]] * n + i] = 1;
      intercepts_[labels_[rows[i]]] += 2.0 / static_cast<double>(n);
    }
    for (std::uint32_t label = 0; label < label_count_; ++label) {
      for (std::size_t i = 0; i < n; ++i) targets_[label * n + i] -= intercepts_[label];
    }
  }

  Status Train(std::span<const std::uint32_t> rows, double ridge) {
    const std::size_t n = rows.size();
    FRUITS_TRY(AlignedBuffer kernel, AlignedBuffer::Make(n * n, "a linear probe"));
    Centre(rows, kernel.data());
    SetTargets(rows);
    double trace = 0;
    for (std::size_t i = 0; i < n; ++i) trace += kernel.data()[i * n + i];
    // Rows that are all equal say nothing: any alpha gives the intercepts.
    const double alpha = trace > 0 ? ridge * trace / static_cast<double>(n) : 1.0;
    for (std::size_t i = 0; i < n; ++i) kernel.data()[i * n + i] += alpha;
    if (blas::SolvePositive(n, kernel.data(), label_count_, targets_.data()) != 0)
      return Fail(ErrorCode::kInternal, "a linear probe's equations have no solution");
    return {};
  }

  const Gram& gram_;
  const std::span<const std::uint32_t> labels_;
  const std::uint32_t label_count_;
  std::vector<double> means_;
  double overall_ = 0;
  std::vector<double> targets_;
  std::vector<double> intercepts_;
};

}  // namespace

Result<std::vector<std::uint32_t>> ProbeLabels(const Gram& gram, std::span<const std::uint32_t> labels,
                                               const RowGroups& groups, const RidgeProbeOptions& options) {
  const std::size_t n = gram.size();
  if (labels.size() != n || !groups.Fits(n)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} labels and {} groups for {} rows", labels.size(), groups.size(), n));
  }
  if (!(options.ridge > 0) || options.max_folds < 2)
    return Fail(ErrorCode::kInvalidArgument, "a linear probe needs a ridge above 0 and 2 folds");
  std::vector<std::uint32_t> used = groups.group;
  std::ranges::sort(used);
  used.erase(std::ranges::unique(used).begin(), used.end());
  if (used.size() < 2)
    return Fail(ErrorCode::kInvalidArgument,
                "a linear probe needs 2 groups: one to learn from, one to ask about");
  const std::size_t count = std::min(options.max_folds, used.size());
  const Folds folds(groups, used, count);
  std::vector<std::uint32_t> predicted(n);
  Fold fold(gram, labels, CountOf(labels));
  for (std::size_t f = 0; f < count; ++f) {
    std::vector<std::uint32_t> training, asked;
    for (std::uint32_t row = 0; row < n; ++row) {
      if (folds.Asks(f, row)) asked.push_back(row);
      if (folds.LearnsFrom(f, row)) training.push_back(row);
    }
    if (training.empty())
      return Fail(ErrorCode::kInvalidArgument, "a linear probe has no rows to learn from outside of a group");
    FRUITS_CHECK(fold.Predict(training, asked, options.ridge, predicted));
  }
  return predicted;
}

}  // namespace fruits
