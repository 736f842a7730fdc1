// Each row's nearest other row, by Euclidean distance, among those that may be asked about its group:
// neighbours that are the same thing photographed again a moment later prove nothing.
// Threads: a plain function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/stats/gram.h"
#include "fruits/stats/row_groups.h"

namespace fruits {

inline constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();

// Of equal distances the first row counts; kNoRow where no row may be asked. kInvalidArgument: not a group
// for each row.
Result<std::vector<std::uint32_t>> NearestOfOtherGroups(const Gram& gram, const RowGroups& groups);

}  // namespace fruits
