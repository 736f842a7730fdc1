// Spark ML's StandardScaler: divides each column by its unbiased standard deviation (n - 1); a constant column gives 0.
// with_mean subtracts the mean first (Spark's default is false).
// Threads: reads are safe together. Memory: 16 * d bytes.
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
  // kInvalidArgument: fewer than 2 rows.
  static Result<StandardScaler> Fit(const Moments& moments, const Options& options);
  static Result<StandardScaler> FromParts(std::vector<double> mean, std::vector<double> std, const Options& options);

  std::size_t dimension() const { return mean_.size(); }
  const Options& options() const { return options_; }
  std::span<const double> mean() const { return mean_; }
  std::span<const double> std() const { return std_; }  // 0 where the column is constant
  // One row; out has d values. kInvalidArgument: widths.
  Status Transform(std::span<const float> row, std::span<double> out) const;
  Status Transform(std::span<const double> row, std::span<double> out) const;

 private:
  StandardScaler() = default;
  Options options_;
  std::vector<double> mean_, std_;
};

}  // namespace fruits
