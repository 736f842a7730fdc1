// Principal components of the scaled features: eigenvectors of their unbiased covariance, which is D^-1 C D^-1 of the
// moments' covariance C and standard deviations D. Sign: the loading of largest magnitude is positive.
// explained_variance_ratio = eigenvalue / total variance.
//
//   auto pca = Pca::Fit(moments, *scaler, {.components = 7});
//   pca->Project(row, out);
//
// Wide data (d > 16,384) goes by the n x n Gram matrix: WideFit, n <= 20,000.
// Threads: reads are safe together; a fit always uses the same number of solver threads, so its bytes do not depend on
// the caller's. Memory: 8 * d * d bytes twice while fitting; K * d * 8 afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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
  bool center = true;          // project (x - mean) / std; false: x / std, what Spark ML's transform gives
};

class Pca {
 public:
  // kInvalidArgument: K is 0 or above min(n - 1, d) (the message names both), variance outside (0, 1], every column constant.
  static Result<Pca> Fit(const Moments& moments, const StandardScaler& scaler, const PcaOptions& options);
  // eigenvalues: the whole spectrum, largest first (or what is known of it); components: K x d.
  static Result<Pca> FromParts(StandardScaler scaler, std::vector<double> eigenvalues, double total_variance,
                               std::vector<double> components, std::size_t count, bool center);

  std::size_t dimension() const { return scaler_.dimension(); }
  std::size_t components_count() const { return k_; }
  const StandardScaler& scaler() const { return scaler_; }
  MatrixView<const double> components() const { return {components_.data(), k_, dimension()}; }
  std::span<const double> eigenvalues() const { return eigenvalues_; }
  double total_variance() const { return total_variance_; }
  bool center() const { return center_; }
  double ExplainedVarianceRatio(std::size_t i) const { return eigenvalues_[i] / total_variance_; }
  double ShareOfKept(std::size_t i) const;  // eigenvalue / sum of the K kept: what Spark's wide path reports

  // One row of raw features to K scores. Same bytes for the same row, always. kInvalidArgument: widths.
  Status Project(std::span<const float> row, std::span<double> out) const;
  Status Project(std::span<const double> row, std::span<double> out) const;

 private:
  friend class WidePca;
  Pca() = default;
  StandardScaler scaler_ = *StandardScaler::FromParts({}, {}, {});
  std::size_t k_ = 0;
  bool center_ = true;
  double total_variance_ = 0;
  std::vector<double> eigenvalues_, components_;
  std::vector<double> offset_;  // per component: what centring subtracts
};

}  // namespace fruits
