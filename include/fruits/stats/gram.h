// Inner products of feature rows about their mean: all that nearest neighbours and a linear probe need of
// rows of any width.
//
//   FRUITS_TRY(const Gram gram, Gram::Of({features.data(), n, dimension}));
//   const double squared = gram.SquaredDistance(i, j);
//
// Threads: reads are safe together; Of() uses a second thread with a fixed cut, so its bytes depend on the
// rows alone. Memory: 8 * n * n bytes, and 8 KB a row while it is made.
#pragma once

#include <cstddef>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/core/matrix_view.h"

namespace fruits {

class Gram {
 public:
  static constexpr std::size_t kMaxRows = 12'000;  // 1.2 GB
  // kInvalidArgument: no rows, values that are not finite; kResourceExhausted: more than kMaxRows.
  static Result<Gram> Of(MatrixView<const float> rows);

  std::size_t size() const { return size_; }
  // (x_i - mean) . (x_j - mean)
  double operator()(std::size_t i, std::size_t j) const { return values_[i * size_ + j]; }
  double SquaredDistance(std::size_t i, std::size_t j) const {
    return (*this)(i, i) + (*this)(j, j) - 2 * (*this)(i, j);
  }

 private:
  explicit Gram(std::size_t size) : size_(size), values_(size * size) {}

  std::size_t size_;
  std::vector<double> values_;  // symmetric, whole
};

}  // namespace fruits
