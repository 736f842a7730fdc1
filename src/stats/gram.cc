#include "fruits/stats/gram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fruits/core/try.h"
#include "stats/blas.h"
#include "stats/two_threads.h"

namespace fruits {
namespace {

constexpr std::size_t kTileColumns = 1024;

// Columns [first, first + out.cols()) about their means.
void CentreTile(MatrixView<const float> rows, std::size_t first, MatrixView<double> out) {
  std::vector<double> mean(out.cols(), 0.0);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const float* row = rows.Row(i).data() + first;
    for (std::size_t j = 0; j < out.cols(); ++j) mean[j] += static_cast<double>(row[j]);
  }
  for (double& m : mean) m /= static_cast<double>(rows.rows());
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const float* row = rows.Row(i).data() + first;
    double* to = out.Row(i).data();
    for (std::size_t j = 0; j < out.cols(); ++j) to[j] = static_cast<double>(row[j]) - mean[j];
  }
}

// The upper triangle of `gram` (n x n) += tile tile^T, in two parts of about the same work.
void AddProducts(MatrixView<const double> tile, double* gram, TwoThreads& both) {
  const std::size_t n = tile.rows();
  const std::size_t width = tile.cols();
  const std::size_t cut = n * 3 / 10;  // the strip of the first rows holds 51 % of the triangle
  both.Run(
      [&] {
        blas::MultiplyBySelf(cut, width, tile.data(), width, 1, gram, n);
        blas::Multiply(CblasTrans, cut, n - cut, width, tile.data(), width, tile.data() + cut * width, width,
                       1, gram + cut, n);
      },
      [&] {
        blas::MultiplyBySelf(n - cut, width, tile.data() + cut * width, width, 1, gram + cut * n + cut, n);
      });
}

}  // namespace

Result<Gram> Gram::Of(MatrixView<const float> rows) {
  const std::size_t n = rows.rows();
  if (n == 0) return Fail(ErrorCode::kInvalidArgument, "no rows: they have no inner products");
  if (n > kMaxRows) {
    return Fail(
        ErrorCode::kResourceExhausted,
        fmt::format("inner products of {} rows: at most {} are compared with each other", n, kMaxRows));
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (!std::ranges::all_of(rows.Row(i), [](float x) { return std::isfinite(x); }))
      return Fail(ErrorCode::kInvalidArgument, fmt::format("row {} holds a value that is not finite", i));
  }
  Gram gram(n);
  TwoThreads both;
  std::vector<double> tile(n * std::min(kTileColumns, rows.cols()));
  for (std::size_t first = 0; first < rows.cols(); first += kTileColumns) {
    const MatrixView<double> view(tile.data(), n, std::min(kTileColumns, rows.cols() - first));
    CentreTile(rows, first, view);
    AddProducts(view, gram.values_.data(), both);
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) gram.values_[j * n + i] = gram.values_[i * n + j];
  }
  return gram;
}

}  // namespace fruits
