#include "stats/block.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fruits/core/try.h"

namespace fruits {
namespace {

// Rows of a panel that are written together. Row by row each write would go to another panel, and those lie a
// power of two apart: in the same few lines of the cache.
constexpr std::size_t kRowsAtOnce = 16;

// high + low = a + b exactly (Knuth's TwoSum).
void TwoSum(double a, double b, double& high, double& low) {
  const double sum = a + b;
  const double b_part = sum - a;
  const double a_part = sum - b_part;
  low = (a - a_part) + (b - b_part);
  high = sum;
}

std::size_t PaddedColumns(std::size_t columns) {
  constexpr std::size_t kWidest = kMostAcross * kPanelColumns;
  return (columns + kWidest - 1) / kWidest * kWidest;
}

// Rows [begin, end) of the panel of `column`, minus the first row and the offset of the mean from it.
template <typename T>
void WritePanel(MatrixView<const T> rows, std::size_t begin, std::size_t end, std::size_t column,
                CentredBlock& block) {
  const std::size_t count = std::min(kPanelColumns, rows.cols() - std::min(column, rows.cols()));
  double* out = block.Panel(column) + begin * kPanelColumns;
  for (std::size_t i = begin; i < end; ++i, out += kPanelColumns) {
    double centred[kPanelColumns] = {};
    const auto centre = [&, row = rows.Row(i)](std::size_t j) {
      const double from_first =
          static_cast<double>(row[column + j]) - static_cast<double>(rows.data()[column + j]);
      centred[j] = from_first - block.offset[column + j];
    };
    if (count == kPanelColumns) {  // a count that the compiler knows
      for (std::size_t j = 0; j < kPanelColumns; ++j) centre(j);
    } else {
      for (std::size_t j = 0; j < count; ++j) centre(j);
    }
    std::ranges::copy(centred, out);
  }
}

}  // namespace

Result<CentredBlock> CentredBlock::Make(std::size_t columns, std::size_t most_rows) {
  FRUITS_TRY(AlignedBuffer values,
             AlignedBuffer::Make(PaddedColumns(columns) * most_rows, "a block of rows"));
  return CentredBlock(columns, std::move(values));
}

template <typename T>
Status CheckFinite(MatrixView<const T> rows, std::size_t first_row) {
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const std::span<const T> row = rows.Row(i);
    std::size_t bad = 0;
    // A finite value minus itself is 0; the sum keeps the loop free of branches.
    for (const T x : row) bad += static_cast<std::size_t>(!(x - x == T{0}));
    if (bad == 0) continue;
    for (std::size_t j = 0; j < row.size(); ++j) {
      if (std::isfinite(row[j])) continue;
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("row {}, column {} is {}; every value must be finite", first_row + i, j,
                              static_cast<double>(row[j])));
    }
  }
  return {};
}

template <typename T>
void CentreRows(MatrixView<const T> rows, CentredBlock& block) {
  const std::size_t n = rows.rows();
  const std::size_t d = rows.cols();
  block.rows = n;
  std::vector<double>& offset = block.offset;
  std::ranges::fill(offset, 0.0);
  const T* first = rows.data();
  for (std::size_t j = 0; j < d; ++j) block.min[j] = block.max[j] = static_cast<double>(first[j]);
  for (std::size_t i = 1; i < n; ++i) {
    const T* row = rows.Row(i).data();
    for (std::size_t j = 0; j < d; ++j) {
      const double x = static_cast<double>(row[j]);
      offset[j] += x - static_cast<double>(first[j]);
      block.min[j] = x < block.min[j] ? x : block.min[j];
      block.max[j] = x > block.max[j] ? x : block.max[j];
    }
  }
  for (std::size_t j = 0; j < d; ++j) {
    offset[j] /= static_cast<double>(n);
    TwoSum(static_cast<double>(first[j]), offset[j], block.mean.high[j], block.mean.low[j]);
  }
  for (std::size_t begin = 0; begin < n; begin += kRowsAtOnce) {
    const std::size_t end = std::min(begin + kRowsAtOnce, n);
    for (std::size_t column = 0; column < PaddedColumns(d); column += kPanelColumns) {
      WritePanel(rows, begin, end, column, block);
    }
  }
}

void MergeMeans(std::uint64_t count, std::uint64_t other_count, std::span<const double> other_high,
                std::span<const double> other_low, std::span<double> high, std::span<double> low,
                MergeStep& step) {
  if (count == 0) {
    std::ranges::copy(other_high, high.begin());
    std::ranges::copy(other_low, low.begin());
    step.weight = 0;
    std::ranges::fill(step.delta, 0.0);
    return;
  }
  const double share = static_cast<double>(other_count) / static_cast<double>(count + other_count);
  step.weight = static_cast<double>(count) * share;
  for (std::size_t j = 0; j < high.size(); ++j) {
    step.delta[j] = (other_high[j] - high[j]) + (other_low[j] - low[j]);
    TwoSum(high[j], low[j] + step.delta[j] * share, high[j], low[j]);
  }
}

void MergeExtremes(std::span<const double> other_min, std::span<const double> other_max,
                   std::span<double> min, std::span<double> max) {
  for (std::size_t j = 0; j < min.size(); ++j) {
    min[j] = std::min(min[j], other_min[j]);
    max[j] = std::max(max[j], other_max[j]);
  }
}

template Status CheckFinite(MatrixView<const float>, std::size_t);
template Status CheckFinite(MatrixView<const double>, std::size_t);
template void CentreRows(MatrixView<const float>, CentredBlock&);
template void CentreRows(MatrixView<const double>, CentredBlock&);

}  // namespace fruits
