// Scaler and PCA of wide data (d > 16,384, such as a flattened 7x7x2048 map) by the n x n Gram matrix of the
// scaled, centred rows: G = Z Z^T / (n - 1); components = Z^T u, brought to unit length.
//
//   auto pca = WidePca::Fit(rows, 100'352, read, {}, {.components = 7});
//   pca->Project(row, out);
//
// Rows are read through a callback, several times; where they do not fit into the working strip, a strip of
// rows is held and the rows after it stream by. Threads: one caller; the callback is called in its thread.
// Two threads multiply, cut the same way on every machine, so the bytes depend on the rows alone. Memory: 8 *
// n * n bytes for the Gram matrix (3.2 GB at the bound of n = 20,000), 8 * K * d for the components, and a
// working strip of at most 512 MB (more where a few rows alone are more).
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "fruits/core/error.h"
#include "fruits/core/matrix_view.h"
#include "fruits/stats/pca.h"
#include "fruits/stats/standard_scaler.h"

namespace fruits {

class WidePca {
 public:
  // Gives rows [first, first + out.rows()) of all n, every column. Called with ascending ranges, pass after
  // pass; a pass may begin at any row.
  using ReadRows = std::function<Status(std::size_t first, MatrixView<float> out)>;
  // Tests make it small, to see every path.
  static constexpr std::size_t kStripBytes = std::size_t{512} << 20;

  // One pass for mean, std, min and max; one for each held strip (its rows and those after it) for the Gram
  // matrix; one for the components. The eigenvalues are the n of the Gram matrix. Any d >= 1 works, wide is
  // where it pays. kInvalidArgument as Pca::Fit, and NaN or infinity (row and column named);
  // kResourceExhausted: n > 20,000, naming the bound; the callback's error, with the range of rows before it.
  static Result<Pca> Fit(std::size_t rows, std::size_t dimension, const ReadRows& read,
                         const StandardScaler::Options& scaling, const PcaOptions& options,
                         std::size_t strip_bytes = kStripBytes);
};

}  // namespace fruits
