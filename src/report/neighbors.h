// The nearest photo of each photo, and the nearest of another label: which labels are taken for which, and
// photos that may be labelled wrongly. Every distance is computed (no index is fast for many components), so
// of more points than kMaxProducts allows (23,900 at K = 7) an even part is looked at.
//
// Threads: any; uses up to 4 of its own. Memory: 4 K + 60 bytes a point looked at. Time: at most kMaxProducts
// multiplications, about 2 s on one core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "report/sampled_rows.h"

namespace fruits::report {

struct Neighbor {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t point = kNone;  // in the sample
  float squared_distance = std::numeric_limits<float>::infinity();
};

struct Neighbors {
  static constexpr double kMaxProducts = 4e9;
  std::vector<std::uint32_t> points;  // of the sample, that were looked at; rising
  std::vector<Neighbor> nearest;      // of each of them, among them
  std::vector<Neighbor> of_another;   // the nearest with another label; none where there is one label
};

Neighbors FindNeighbors(const Sample& sample, double max_products = Neighbors::kMaxProducts);

}  // namespace fruits::report
