// Rows that are too much alike to stand for each other: those of one group, and those in a group's margin,
// which lie beside it. Both nearest neighbours and the linear probe keep to them, so that they ask the same
// rows.
//
//   const RowGroups groups{{0, 0, 1, 1}};
//   groups.MayTell(2, 0);  // true: row 2 may be asked about the rows of group 0
//
// Threads: a value type. Memory: 12 bytes a row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace fruits {

struct RowGroups {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::vector<std::uint32_t> group;  // of each row, numbers from 0 on
  // Of each row, the other groups whose margins it lies in, or kNone. Empty: no group has one.
  std::vector<std::array<std::uint32_t, 2>> margins{};

  std::size_t size() const { return group.size(); }
  // A group for each of `rows`, and margins for each or for none.
  bool Fits(std::size_t rows) const {
    return group.size() == rows && (margins.empty() || margins.size() == rows);
  }
  // Whether `row` may be asked about the rows of group `about`.
  bool MayTell(std::size_t row, std::uint32_t about) const {
    if (group[row] == about) return false;
    return margins.empty() || (margins[row][0] != about && margins[row][1] != about);
  }
};

}  // namespace fruits
