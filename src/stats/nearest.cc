#include "fruits/stats/nearest.h"

#include <fmt/format.h>

namespace fruits {

Result<std::vector<std::uint32_t>> NearestOfOtherGroups(const Gram& gram, const RowGroups& groups) {
  const std::size_t n = gram.size();
  if (!groups.Fits(n))
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} groups for {} rows", groups.size(), n));
  std::vector<std::uint32_t> nearest(n, kNoRow);
  for (std::size_t i = 0; i < n; ++i) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < n; ++j) {
      if (!groups.MayTell(j, groups.group[i])) continue;
      const double distance = gram.SquaredDistance(i, j);
      if (distance >= least) continue;
      least = distance;
      nearest[i] = static_cast<std::uint32_t>(j);
    }
  }
  return nearest;
}

}  // namespace fruits
