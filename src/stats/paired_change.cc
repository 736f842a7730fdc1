#include "fruits/stats/paired_change.h"

#include <fmt/format.h>

#include <cmath>

namespace fruits {

Result<PairedChange> ComparePaired(const std::vector<bool>& before, const std::vector<bool>& after) {
  if (before.empty() || before.size() != after.size()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} answers beside {}: expected two about each photo", before.size(), after.size()));
  }
  PairedChange change;
  for (std::size_t i = 0; i < before.size(); ++i) {
    change.right_to_wrong += before[i] && !after[i] ? 1U : 0U;
    change.wrong_to_right += !before[i] && after[i] ? 1U : 0U;
  }
  const auto n = static_cast<double>(before.size());
  const auto b = static_cast<double>(change.right_to_wrong);
  const auto c = static_cast<double>(change.wrong_to_right);
  // (b - c)^2 <= (b + c)^2 <= n (b + c): never negative.
  change.standard_error = std::sqrt(b + c - (b - c) * (b - c) / n) / n;
  return change;
}

}  // namespace fruits
