// Spark ML's StandardScaler: divides each column by its unbiased standard deviation (n - 1); a constant
// column gives 0. with_mean subtracts the mean first (Spark's default is false); without with_std nothing is
// divided and constants stay.
//
//   auto scaler = StandardScaler::Fit(moments, {});
//   scaler->Transform(row, out);
//
// Threads: reads are safe together. Memory: 24 * d bytes.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/core/matrix_view.h"
#include "fruits/stats/moments.h"

namespace fruits {

class StandardScaler {
 public:
  struct Options {
    bool with_std = true;
    bool with_mean = false;
  };
  // kInvalidArgument: fewer than 2 rows, or a column so large that its variance is no double (named).
  static Result<StandardScaler> Fit(const Moments& moments, const Options& options);
  // std is 0 where the column is constant. kInvalidArgument: sizes, or values that no fit gives.
  static Result<StandardScaler> FromParts(std::vector<double> mean, std::vector<double> std,
                                          const Options& options);

  std::size_t dimension() const { return mean_.size(); }
  const Options& options() const { return options_; }
  std::span<const double> mean() const { return mean_; }
  std::span<const double> std() const { return std_; }  // 0 where the column is constant
  // What each column is multiplied by: 1 / std, 0 where the column is constant; 1 everywhere without
  // with_std.
  std::span<const double> factor() const { return factor_; }
  // One row; out has d values. kInvalidArgument: widths.
  Status Transform(std::span<const float> row, std::span<double> out) const;
  Status Transform(std::span<const double> row, std::span<double> out) const;

 private:
  StandardScaler() = default;
  template <typename T>
  Status TransformRow(std::span<const T> row, std::span<double> out) const;

  Options options_;
  std::vector<double> mean_, std_, factor_;
};

}  // namespace fruits
