// Scaler and PCA of wide data (d > 16,384, such as a flattened 7x7x2048 map) by the n x n Gram matrix of the scaled,
// centred rows: G = Z Z^T / (n - 1); components = Z^T u / sqrt((n - 1) * eigenvalue).
//
// Rows are read through a callback, several times, a strip of columns at a time where they do not fit.
// Threads: one caller. Memory: 8 * n * n bytes for the Gram matrix (3.2 GB at the bound of n = 20,000),
// 8 * K * d for the components, and a working strip of at most 512 MB.
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
  // Gives rows [first, first + out.rows()) of all n, every column. Called with ascending ranges, pass after pass.
  using ReadRows = std::function<Status(std::size_t first, MatrixView<float> out)>;
  // Two passes for mean, std, min, max; one or more for the Gram matrix; one for the components.
  // kInvalidArgument as Pca::Fit; kResourceExhausted: n > 20,000, naming the bound.
  static Result<Pca> Fit(std::size_t rows, std::size_t dimension, const ReadRows& read,
                         const StandardScaler::Options& scaling, const PcaOptions& options);
};

}  // namespace fruits
