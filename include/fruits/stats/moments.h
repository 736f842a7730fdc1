// Count, mean, scatter, min and max of a stream of feature rows, in one pass (Chan, Golub, LeVeque 1983).
//
//   Moments moments(2048);
//   for (const auto& rows : blocks) FRUITS_CHECK(moments.Add(rows));
//   auto scaler = StandardScaler::Fit(moments, {});
//
// Add() takes its rows in blocks of at most kBlockRows: a block's own mean and centred scatter first, then
// one merge. So the result's bytes depend on how rows are cut into calls and on their order, and on nothing
// else (no thread count; the same for all CPUs with AVX2 and FMA or AVX-512); and adding a block gives the
// same bytes as merging a Moments that holds that block alone. Merge() is associative up to rounding, so one
// class serves a thread, a pool and Spark executors. Means are kept to twice a double's digits, so values
// near 1e6 with a spread of 1e-3 keep their variance to 1e-12. Threads: one writer per object. Memory: 8 * (d
// * (d + 1) / 2 + 4 * d) bytes, and while adding 8 * 262 * d more (d to the next 24; from 4 MiB on to the
// next 2 MiB).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/core/matrix_view.h"

namespace fruits {

class Moments {
 public:
  static constexpr std::size_t kBlockRows = 256;

  explicit Moments(std::size_t dimension);  // dimension >= 1

  // rows x d; no rows is no change. kInvalidArgument (width, NaN or infinity, naming row and column):
  // unchanged. kResourceExhausted: unchanged.
  Status Add(MatrixView<const float> rows);
  Status Add(MatrixView<const double> rows);
  // kInvalidArgument: dimensions differ; unchanged.
  Status Merge(const Moments& other);

  std::size_t dimension() const { return dimension_; }
  std::uint64_t count() const { return count_; }
  std::span<const double> mean() const { return mean_; }  // rounded to a double
  std::span<const double> min() const { return min_; }    // +infinity while empty
  std::span<const double> max() const { return max_; }    // -infinity while empty
  // Sum of (x_i - mean_i)(x_j - mean_j), upper triangle packed by rows: (0,0) (0,1) ... (0,d-1) (1,1) ...
  std::span<const double> scatter() const { return scatter_; }
  // Sum of (x_i - mean_i)^2.
  double ScatterOf(std::size_t column) const { return scatter_[PackedRow(column)]; }
  // Where row i of the packed triangle, from (i, i) on, begins.
  std::size_t PackedRow(std::size_t i) const { return i * dimension_ - i * (i - 1) / 2; }
  // A column is constant if and only if its min equals its max.
  bool IsConstant(std::size_t column) const { return min_[column] == max_[column]; }

  // The bytes of all of the above, little endian, with a SHA-256 at the end; Deserialize(Serialize()) is
  // exact. kCorrupt.
  std::string Serialize() const;
  static Result<Moments> Deserialize(std::string_view bytes);
  // From parts read elsewhere (fitted/). kInvalidArgument: sizes do not fit together, values that no rows can
  // give.
  static Result<Moments> FromParts(std::uint64_t count, std::vector<double> mean, std::vector<double> scatter,
                                   std::vector<double> min, std::vector<double> max);

 private:
  template <typename T>
  Status AddRows(MatrixView<const T> rows);
  Status CheckParts() const;

  std::size_t dimension_;
  std::uint64_t count_ = 0;
  std::vector<double> mean_, mean_low_;  // the mean is their sum
  std::vector<double> min_, max_, scatter_;
};

}  // namespace fruits
