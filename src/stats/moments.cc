#include "fruits/stats/moments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "fruits/core/try.h"
#include "stats/block.h"
#include "stats/block_scatter.h"

namespace fruits {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

Moments::Moments(std::size_t dimension)
    : dimension_(dimension),
      mean_(dimension, 0.0),
      mean_low_(dimension, 0.0),
      min_(dimension, kInfinity),
      max_(dimension, -kInfinity),
      scatter_(dimension * (dimension + 1) / 2, 0.0) {}

Status Moments::Add(MatrixView<const float> rows) { return AddRows(rows); }
Status Moments::Add(MatrixView<const double> rows) { return AddRows(rows); }

template <typename T>
Status Moments::AddRows(MatrixView<const T> rows) {
  if (rows.rows() == 0) return {};
  if (rows.cols() != dimension_) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("rows have {} columns; these moments have {}", rows.cols(), dimension_));
  }
  FRUITS_CHECK(CheckFinite(rows));
  // All memory before the first change.
  FRUITS_TRY(CentredBlock block, CentredBlock::Make(dimension_, std::min(kBlockRows, rows.rows())));
  MergeStep step(dimension_);
  for (std::size_t first = 0; first < rows.rows(); first += kBlockRows) {
    CentreRows(rows.Rows(first, std::min(kBlockRows, rows.rows() - first)), block);
    MergeMeans(count_, block.rows, block.mean.high, block.mean.low, mean_, mean_low_, step);
    MergeBlockScatter(block, step, PanelProducts().front(), scatter_.data());
    MergeExtremes(block.min, block.max, min_, max_);
    count_ += block.rows;
  }
  return {};
}

Status Moments::Merge(const Moments& other) {
  if (other.dimension_ != dimension_) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("moments of {} columns cannot take moments of {}", dimension_, other.dimension_));
  }
  const std::uint64_t other_count = other.count_;
  if (other_count == 0) return {};
  MergeStep step(dimension_);
  MergeMeans(count_, other_count, other.mean_, other.mean_low_, mean_, mean_low_, step);
  double* into = scatter_.data();
  const double* from = other.scatter_.data();
  for (std::size_t i = 0; i < dimension_; ++i) {
    const std::size_t count = dimension_ - i;
    MergeScatterRow(from, step.weight * step.delta[i], step.delta.data() + i, count, into);
    into += count;
    from += count;
  }
  MergeExtremes(other.min_, other.max_, min_, max_);
  count_ += other_count;
  return {};
}

Result<Moments> Moments::FromParts(std::uint64_t count, std::vector<double> mean, std::vector<double> scatter,
                                   std::vector<double> min, std::vector<double> max) {
  const std::size_t d = mean.size();
  if (d == 0 || min.size() != d || max.size() != d || scatter.size() != d * (d + 1) / 2) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("moments of {} columns need as many min and max and {} scatter values, got {}, {} and {}",
                    d, d * (d + 1) / 2, min.size(), max.size(), scatter.size()));
  }
  Moments moments(1);
  moments.dimension_ = d;
  moments.count_ = count;
  moments.mean_ = std::move(mean);
  moments.mean_low_.assign(d, 0.0);
  moments.min_ = std::move(min);
  moments.max_ = std::move(max);
  moments.scatter_ = std::move(scatter);
  FRUITS_CHECK(moments.CheckParts());
  return moments;
}

// What every honest Moments fulfils, so that a fit never meets a negative variance or NaN.
Status Moments::CheckParts() const {
  const auto fail = [](std::size_t column, std::string_view what) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("moments: column {} has {}", column, what));
  };
  for (std::size_t j = 0; j < dimension_; ++j) {
    if (!std::isfinite(mean_[j]) || !std::isfinite(mean_low_[j])) return fail(j, "a mean that is not finite");
    if (!(ScatterOf(j) >= 0)) return fail(j, "a scatter that is negative or not a number");
    const bool empty = count_ == 0 && min_[j] == kInfinity && max_[j] == -kInfinity;
    if (!empty &&
        (count_ == 0 || !(min_[j] <= max_[j]) || !std::isfinite(min_[j]) || !std::isfinite(max_[j]))) {
      return fail(j, "a min and max that no rows can give");
    }
  }
  for (const double value : scatter_) {
    if (std::isnan(value)) return Fail(ErrorCode::kInvalidArgument, "moments: the scatter holds a NaN");
  }
  return {};
}

}  // namespace fruits
