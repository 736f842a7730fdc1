// Where a catalog row is stored: which part, which of its rows. 8 bytes a photo.
#pragma once

#include <cstdint>
#include <vector>

namespace fruits {

struct RowPlace {
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFF;
  std::uint32_t part = kNowhere;  // index into the ledger's part names
  std::uint32_t row : 31 = 0;     // among the part's good rows, or its rejected ones
  std::uint32_t rejected : 1 = 0;
  bool known() const { return part != kNowhere; }
};
static_assert(sizeof(RowPlace) == 8);

}  // namespace fruits
