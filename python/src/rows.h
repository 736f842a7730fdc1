// Rows of numbers in numpy's hands: rows x columns, C order, in this machine's memory.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

#include "fruits/core/matrix_view.h"

namespace fruits::python {

template <typename T>
using Rows = nanobind::ndarray<const T, nanobind::ndim<2>, nanobind::c_contig, nanobind::device::cpu>;
using Vector = nanobind::ndarray<nanobind::numpy, double, nanobind::ndim<1>>;
using Matrix = nanobind::ndarray<nanobind::numpy, double, nanobind::ndim<2>>;

template <typename T>
MatrixView<const T> ViewOf(const Rows<T>& rows) {
  return {rows.data(), rows.shape(0), rows.shape(1)};
}

// Owns its numbers, which are not set yet.
inline Matrix NewMatrix(std::size_t rows, std::size_t columns) {
  auto data = std::make_unique<double[]>(rows * columns);
  double* const first = data.get();
  nanobind::capsule owner(data.release(), [](void* p) noexcept { delete[] static_cast<double*>(p); });
  return Matrix(first, {rows, columns}, owner);
}

inline Vector CopyOf(std::span<const double> values) {
  auto data = std::make_unique<double[]>(values.size());
  std::ranges::copy(values, data.get());
  double* const first = data.get();
  nanobind::capsule owner(data.release(), [](void* p) noexcept { delete[] static_cast<double*>(p); });
  return Vector(first, {values.size()}, owner);
}

inline Matrix CopyOf(MatrixView<const double> values) {
  Matrix copy = NewMatrix(values.rows(), values.cols());
  for (std::size_t i = 0; i < values.rows(); ++i) {
    std::ranges::copy(values.Row(i), copy.data() + i * values.cols());
  }
  return copy;
}

}  // namespace fruits::python
