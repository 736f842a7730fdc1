// Count, mean, scatter, min and max of a stream of feature rows, in one pass (Chan, Golub, LeVeque 1983).
//
//   Moments moments(2048);
//   for (const auto& rows : blocks) FRUITS_CHECK(moments.Add(rows));
//
// Add() treats its rows as one block: their own mean and centred scatter first, then one merge. So the result's bytes
// depend on how rows are cut into blocks and on their order, and on nothing else (thread count included).
// Merge() is associative up to rounding, so one class serves a thread, a pool and Spark executors.
// Threads: one writer per object. Memory: 8 * (d * (d + 1) / 2 + 3 * d) bytes, and as much again while adding.
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
  explicit Moments(std::size_t dimension);  // dimension >= 1

  // rows x d. kInvalidArgument (width, NaN or infinity, naming row and column): unchanged.
  Status Add(MatrixView<const float> rows);
  Status Add(MatrixView<const double> rows);
  // kInvalidArgument: dimensions differ; unchanged.
  Status Merge(const Moments& other);

  std::size_t dimension() const { return dimension_; }
  std::uint64_t count() const { return count_; }
  std::span<const double> mean() const { return mean_; }
  std::span<const double> min() const { return min_; }  // +infinity while empty
  std::span<const double> max() const { return max_; }
  // Sum of (x_i - mean_i)(x_j - mean_j), upper triangle packed by rows: (0,0) (0,1) ... (0,d-1) (1,1) ...
  std::span<const double> scatter() const { return scatter_; }
  // A column is constant if and only if its min equals its max.
  bool IsConstant(std::size_t column) const { return min_[column] == max_[column]; }

  // The bytes of all of the above, little endian; Deserialize(Serialize()) is exact. kCorrupt.
  std::string Serialize() const;
  static Result<Moments> Deserialize(std::string_view bytes);
  // From parts read elsewhere (fitted/). kInvalidArgument: sizes do not fit together.
  static Result<Moments> FromParts(std::uint64_t count, std::vector<double> mean, std::vector<double> scatter,
                                   std::vector<double> min, std::vector<double> max);

 private:
  template <typename T>
  Status AddRows(MatrixView<const T> rows);

  std::size_t dimension_;
  std::uint64_t count_ = 0;
  std::vector<double> mean_, min_, max_, scatter_;
};

}  // namespace fruits
