// Principal components of the scaled features: eigenvectors of their unbiased covariance, which is D^-1 C
// D^-1 of the moments' covariance C and standard deviations D. Sign: the loading of largest magnitude is
// positive. explained_variance_ratio = eigenvalue / total variance.
//
//   auto pca = Pca::Fit(moments, *scaler, {.components = 7});
//   pca->Project(row, out);
//
// Wide data (d > 16,384) goes by the n x n Gram matrix: WidePca, n <= 20,000.
// Threads: reads are safe together, and so are fits; a fit from 320 columns on uses a second thread, with a
// fixed cut, so its bytes depend on the moments and on nothing else. Memory: 8 * d * d bytes while fitting
// (three times that should the solver for single vectors fail); 8 * K * d + 40 * d afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/core/matrix_view.h"
#include "fruits/stats/moments.h"
#include "fruits/stats/standard_scaler.h"

namespace fruits {

inline constexpr std::size_t kMaxCovarianceDimension = 16'384;
inline constexpr std::size_t kMaxGramRows = 20'000;

struct PcaOptions {
  std::size_t components = 7;  // K; used when variance is 0
  double variance = 0;         // 0 < v <= 1: the smallest K whose cumulative ratio reaches it
  // Project (x - mean) / std; false: x / std, what Spark ML's transform gives. A scaler with_mean always
  // centres.
  bool center = true;
};

class Pca {
 public:
  // The scaler must come from the same moments. kInvalidArgument: K is 0 or above min(n - 1, d) (the message
  // names both), variance outside (0, 1], every column constant, d above kMaxCovarianceDimension.
  static Result<Pca> Fit(const Moments& moments, const StandardScaler& scaler, const PcaOptions& options);
  // eigenvalues: the whole spectrum, largest first (or what is known of it, at least K); components: K x d;
  // count: rows it was fitted on. kInvalidArgument: sizes that do not fit together, values that no fit gives.
  static Result<Pca> FromParts(StandardScaler scaler, std::vector<double> eigenvalues, double total_variance,
                               std::vector<double> components, std::size_t count, bool center);

  std::size_t dimension() const { return scaler_.dimension(); }
  std::size_t components_count() const { return k_; }
  const StandardScaler& scaler() const { return scaler_; }
  MatrixView<const double> components() const { return {components_.data(), k_, dimension()}; }
  std::span<const double> eigenvalues() const { return eigenvalues_; }
  double total_variance() const { return total_variance_; }
  bool center() const { return center_; }  // as asked for
  double ExplainedVarianceRatio(std::size_t i) const { return eigenvalues_[i] / total_variance_; }
  double ShareOfKept(std::size_t i) const;  // eigenvalue / sum of the K kept: what Spark's wide path reports

  // One row of raw features to K scores. Same bytes for the same row, always. kInvalidArgument: widths.
  Status Project(std::span<const float> row, std::span<double> out) const;
  Status Project(std::span<const double> row, std::span<double> out) const;

 private:
  Pca() = default;
  template <typename T>
  Status ProjectRow(std::span<const T> row, std::span<double> out) const;

  StandardScaler scaler_ = *StandardScaler::FromParts({}, {}, {});
  std::size_t k_ = 0;
  bool center_ = true;
  double total_variance_ = 0;
  std::vector<double> eigenvalues_, components_;
  std::vector<double> shift_;  // what a raw row loses before it is scaled: its mean, or 0
};

}  // namespace fruits
