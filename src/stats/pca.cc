#include "fruits/stats/pca.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "fruits/core/try.h"
#include "stats/aligned_buffer.h"
#include "stats/component_count.h"
#include "stats/symmetric_eigen.h"

namespace fruits {
namespace {

constexpr std::size_t kChunk = 1024;  // columns scaled at a time when projecting, on the stack
constexpr std::size_t kLanes = 8;     // partial sums, added in one fixed order whatever the machine

double Dot(const double* a, const double* b, std::size_t count) {
  std::array<double, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (std::size_t lane = 0; i < count; ++i, ++lane) sums[lane] += a[i] * b[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

// The covariance of the scaled data, upper triangle by rows. Returns its trace.
double ScaledCovariance(const Moments& moments, const StandardScaler& scaler, double* matrix) {
  const std::size_t d = moments.dimension();
  const std::span<const double> factor = scaler.factor();
  const double* scatter = moments.scatter().data();
  double trace = 0;
  for (std::size_t i = 0; i < d; ++i) {
    const double row_factor = factor[i] / static_cast<double>(moments.count() - 1);
    double* out = matrix + i * d;
    for (std::size_t j = i; j < d; ++j) out[j] = *scatter++ * row_factor * factor[j];
    trace += out[i];
  }
  return trace;
}

}  // namespace

Result<Pca> Pca::Fit(const Moments& moments, const StandardScaler& scaler, const PcaOptions& options) {
  const std::size_t d = moments.dimension();
  if (scaler.dimension() != d) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the scaler has {} columns, the moments {}", scaler.dimension(), d));
  }
  if (d > kMaxCovarianceDimension) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} columns; a covariance matrix is built for at most {}", d, kMaxCovarianceDimension));
  }
  FRUITS_CHECK(CheckPcaOptions(options, moments.count(), d));
  FRUITS_TRY(AlignedBuffer matrix, AlignedBuffer::Make(d * d, "the covariance matrix"));
  const double total = ScaledCovariance(moments, scaler, matrix.data());
  if (!std::isfinite(total)) return Fail(ErrorCode::kFailedPrecondition, "the covariance is beyond a double");
  if (total <= 0)
    return Fail(ErrorCode::kFailedPrecondition, "every column is constant: there is nothing to project on");
  FRUITS_TRY(Spectrum spectrum,
             SolveSymmetric(std::move(matrix), d, [&](std::span<const double> values) -> Result<std::size_t> {
               return ComponentCount(options, values, total, moments.count(), d);
             }));
  return FromParts(scaler, std::move(spectrum.values), total, std::move(spectrum.vectors), moments.count(),
                   options.center);
}

Result<Pca> Pca::FromParts(StandardScaler scaler, std::vector<double> eigenvalues, double total_variance,
                           std::vector<double> components, std::size_t count, bool center) {
  const auto fail = [](std::string what) {
    return Fail(ErrorCode::kInvalidArgument, "pca: " + std::move(what));
  };
  const std::size_t d = scaler.dimension();
  if (d == 0 || components.empty() || components.size() % d != 0) {
    return fail(fmt::format("{} component values are not whole rows of {} columns", components.size(), d));
  }
  const std::size_t k = components.size() / d;
  if (count < 2 || k > std::min(count - 1, d)) {
    return fail(fmt::format("{} components cannot come from {} rows of {} columns", k, count, d));
  }
  if (eigenvalues.size() < k)
    return fail(fmt::format("{} eigenvalues for {} components", eigenvalues.size(), k));
  const auto finite = [](double x) { return std::isfinite(x); };
  if (!std::ranges::all_of(components, finite)) return fail("a component holds a value that is not finite");
  if (!std::ranges::all_of(eigenvalues, [](double x) { return std::isfinite(x) && x >= 0; }) ||
      !std::ranges::is_sorted(eigenvalues, std::greater<>())) {
    return fail("eigenvalues must be finite, not negative, and largest first");
  }
  if (!(std::isfinite(total_variance) && total_variance > 0)) {
    return fail(fmt::format("total variance is {}; expected above 0", total_variance));
  }
  Pca pca;
  pca.k_ = k;
  pca.center_ = center;
  pca.total_variance_ = total_variance;
  pca.eigenvalues_ = std::move(eigenvalues);
  pca.components_ = std::move(components);
  if (center || scaler.options().with_mean) {
    pca.shift_.assign(scaler.mean().begin(), scaler.mean().end());
  } else {
    pca.shift_.assign(d, 0.0);
  }
  pca.scaler_ = std::move(scaler);
  return pca;
}

double Pca::ShareOfKept(std::size_t i) const {
  double kept = 0;
  for (std::size_t j = 0; j < k_; ++j) kept += eigenvalues_[j];
  return kept > 0 ? eigenvalues_[i] / kept : 0;
}

template <typename T>
Status Pca::ProjectRow(std::span<const T> row, std::span<double> out) const {
  const std::size_t d = dimension();
  if (row.size() != d || out.size() != k_) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a row of {} columns into {} scores; this projection takes {} to {}", row.size(),
                            out.size(), d, k_));
  }
  std::ranges::fill(out, 0.0);
  std::array<double, kChunk> scaled;
  const double* factor = scaler_.factor().data();
  for (std::size_t first = 0; first < d; first += kChunk) {
    const std::size_t count = std::min(kChunk, d - first);
    for (std::size_t j = 0; j < count; ++j) {
      scaled[j] = (static_cast<double>(row[first + j]) - shift_[first + j]) * factor[first + j];
    }
    for (std::size_t k = 0; k < k_; ++k)
      out[k] += Dot(components_.data() + k * d + first, scaled.data(), count);
  }
  return {};
}

Status Pca::Project(std::span<const float> row, std::span<double> out) const { return ProjectRow(row, out); }
Status Pca::Project(std::span<const double> row, std::span<double> out) const { return ProjectRow(row, out); }

}  // namespace fruits
