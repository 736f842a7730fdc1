#include "stats/component_count.h"

#include <fmt/format.h>

#include <algorithm>

namespace fruits {
namespace {

// What the sum of thousands of eigenvalues may miss of the trace by rounding.
constexpr double kShareTolerance = 1e-12;

}  // namespace

Status CheckPcaOptions(const PcaOptions& options, std::size_t rows, std::size_t columns) {
  if (rows < 2) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("a PCA needs at least 2 rows, got {}", rows));
  }
  if (options.variance != 0) {
    if (options.variance > 0 && options.variance <= 1) return {};
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("variance is {}; expected above 0 and at most 1", options.variance));
  }
  const std::size_t bound = std::min(rows - 1, columns);
  if (options.components >= 1 && options.components <= bound) return {};
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format(
          "components is {}; {} rows of {} columns allow 1 to {} (the smaller of rows - 1 and columns)",
          options.components, rows, columns, bound));
}

std::size_t ComponentCount(const PcaOptions& options, std::span<const double> values, double total_variance,
                           std::size_t rows, std::size_t columns) {
  if (options.variance == 0) return options.components;
  const std::size_t bound = std::min({rows - 1, columns, values.size()});
  const double wanted = (options.variance - kShareTolerance) * total_variance;
  double sum = 0;
  for (std::size_t k = 0; k < bound; ++k) {
    sum += values[k];
    if (sum >= wanted) return k + 1;
  }
  return bound;
}

}  // namespace fruits
