#include "fruits/stats/standard_scaler.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace fruits {

Result<StandardScaler> StandardScaler::Fit(const Moments& moments, const Options& options) {
  if (moments.count() < 2) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a standard deviation needs at least 2 rows, got {}", moments.count()));
  }
  const std::size_t d = moments.dimension();
  std::vector<double> std(d, 0.0);
  for (std::size_t j = 0; j < d; ++j) {
    if (moments.IsConstant(j)) continue;
    const double variance = moments.ScatterOf(j) / static_cast<double>(moments.count() - 1);
    if (!std::isfinite(variance)) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("column {} runs from {} to {}: its variance is beyond a double", j,
                              moments.min()[j], moments.max()[j]));
    }
    std[j] = std::sqrt(variance);
  }
  return FromParts({moments.mean().begin(), moments.mean().end()}, std::move(std), options);
}

Result<StandardScaler> StandardScaler::FromParts(std::vector<double> mean, std::vector<double> std,
                                                 const Options& options) {
  if (mean.size() != std.size()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("a scaler needs as many means as deviations, got {} and {}", mean.size(), std.size()));
  }
  StandardScaler scaler;
  scaler.options_ = options;
  scaler.factor_.resize(std.size(), 1.0);
  for (std::size_t j = 0; j < std.size(); ++j) {
    if (!std::isfinite(mean[j]) || !std::isfinite(std[j]) || std[j] < 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("column {} has mean {} and std {}; both must be finite, std not negative", j,
                              mean[j], std[j]));
    }
    if (options.with_std) scaler.factor_[j] = std[j] > 0 ? 1.0 / std[j] : 0.0;
    if (!std::isfinite(scaler.factor_[j])) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("column {} has a std of {}, too small to divide by", j, std[j]));
    }
  }
  scaler.mean_ = std::move(mean);
  scaler.std_ = std::move(std);
  return scaler;
}

template <typename T>
Status StandardScaler::TransformRow(std::span<const T> row, std::span<double> out) const {
  if (row.size() != dimension() || out.size() != dimension()) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("a row of {} columns into {}; this scaler has {}",
                                                         row.size(), out.size(), dimension()));
  }
  for (std::size_t j = 0; j < row.size(); ++j) {
    const double x = static_cast<double>(row[j]) - (options_.with_mean ? mean_[j] : 0.0);
    out[j] = factor_[j] == 0 ? 0.0 : x * factor_[j];
  }
  return {};
}

Status StandardScaler::Transform(std::span<const float> row, std::span<double> out) const {
  return TransformRow(row, out);
}
Status StandardScaler::Transform(std::span<const double> row, std::span<double> out) const {
  return TransformRow(row, out);
}

}  // namespace fruits
