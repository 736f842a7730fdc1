// The first half of a moments update: a block of rows, its own mean, and the rows minus that mean.
//
// A mean is kept as an unevaluated sum high + low: with values near 1e6 and a spread of 1e-3 one double's
// rounding of a mean would leave the variance nine digits or fewer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/core/matrix_view.h"
#include "stats/aligned_buffer.h"
#include "stats/panel_product.h"

namespace fruits {

struct ColumnMeans {
  explicit ColumnMeans(std::size_t columns) : high(columns, 0.0), low(columns, 0.0) {}
  std::vector<double> high, low;
};

class CentredBlock {
 public:
  // Memory for `most_rows` rows. kResourceExhausted.
  static Result<CentredBlock> Make(std::size_t columns, std::size_t most_rows);

  std::size_t columns() const { return mean.high.size(); }
  // The panel that begins with `column`, a multiple of kPanelColumns: rows x kPanelColumns, the next one
  // behind it. Columns are padded with zeros to a multiple of kMostAcross panels.
  double* Panel(std::size_t column) { return values_.data() + column * rows; }
  const double* Panel(std::size_t column) const { return values_.data() + column * rows; }

  std::size_t rows = 0;
  ColumnMeans mean;
  std::vector<double> offset;  // of the mean from the first row: small where the spread is small
  std::vector<double> min, max;

 private:
  CentredBlock(std::size_t columns, AlignedBuffer values)
      : mean(columns), offset(columns), min(columns), max(columns), values_(std::move(values)) {}
  AlignedBuffer values_;
};

// kInvalidArgument for NaN or infinity, naming row (counted from first_row) and column.
template <typename T>
Status CheckFinite(MatrixView<const T> rows, std::size_t first_row = 0);

// At least one row and no more than `block` was made for, all finite.
template <typename T>
void CentreRows(MatrixView<const T> rows, CentredBlock& block);

// What a merge of two sets adds to their scatters: weight * delta_i * delta_j.
// (Chan, Golub, LeVeque: Algorithms for computing the sample variance, 1983.)
struct MergeStep {
  explicit MergeStep(std::size_t columns) : delta(columns, 0.0) {}
  double weight = 0;
  std::vector<double> delta;
};
// Moves the mean of `count` rows, high + low, to the mean of both sets. An empty first set takes the second's
// mean, with weight 0.
void MergeMeans(std::uint64_t count, std::uint64_t other_count, std::span<const double> other_high,
                std::span<const double> other_low, std::span<double> high, std::span<double> low,
                MergeStep& step);

void MergeExtremes(std::span<const double> other_min, std::span<const double> other_max,
                   std::span<double> min, std::span<double> max);

}  // namespace fruits
