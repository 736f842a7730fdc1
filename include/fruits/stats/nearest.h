// Each row's nearest other row, by Euclidean distance, among the rows of other groups: neighbours that are
// the same thing photographed again a moment later (the same group) prove nothing.
// Threads: a plain function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/stats/gram.h"

namespace fruits {

inline constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();

// Of equal distances the first row counts; kNoRow where all rows are of one group. kInvalidArgument: not a
// group for each row.
Result<std::vector<std::uint32_t>> NearestOfOtherGroups(const Gram& gram,
                                                        std::span<const std::uint32_t> groups);

}  // namespace fruits
