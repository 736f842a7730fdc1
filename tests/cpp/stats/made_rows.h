// Made rows for the tests of this room: the same for the same seed.
#pragma once

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "fruits/core/matrix_view.h"
#include "fruits/stats/moments.h"

namespace fruits::test {

template <typename T>
struct MadeRows {
  std::size_t rows, cols;
  std::vector<T> values;
  MatrixView<const T> view() const { return {values.data(), rows, cols}; }
  MatrixView<const T> Range(std::size_t first, std::size_t count) const { return view().Rows(first, count); }
};

// Correlated columns around `mean`, spread falling from `spread` by 1 / sqrt(1 + j).
template <typename T>
MadeRows<T> Made(std::size_t rows, std::size_t cols, double mean = 1, double spread = 1, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  MadeRows<T> made{rows, cols, std::vector<T>(rows * cols)};
  for (std::size_t i = 0; i < rows; ++i) {
    const double common = normal(random);
    for (std::size_t j = 0; j < cols; ++j) {
      const double x = (0.5 * common + normal(random)) / std::sqrt(1.0 + static_cast<double>(j));
      made.values[i * cols + j] = static_cast<T>(mean + spread * x);
    }
  }
  return made;
}

template <typename T>
Moments MomentsOf(const MadeRows<T>& made) {
  Moments moments(made.cols);
  if (!moments.Add(made.view())) std::abort();
  return moments;
}

}  // namespace fruits::test
