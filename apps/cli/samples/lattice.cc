#include "samples/lattice.h"

namespace fruits::samples {

Lattice::Lattice(int count) : points_(static_cast<std::size_t>(count)), reach_(3.9 / std::sqrt(count)) {
  constexpr double kGoldenTurn = 0.3819660112501051;
  for (int i = 0; i < count; ++i) {
    const double y = 1.0 - (2.0 * i + 1.0) / count;
    const double rim = std::sqrt(1.0 - y * y);
    const double turns = i * kGoldenTurn;
    points_[static_cast<std::size_t>(i)] = {rim * CosTurns(turns), y, rim * SinTurns(turns)};
  }
}

Lattice::Neighbour Lattice::Nearest(const Vec3& direction) const {
  const int count = static_cast<int>(points_.size());
  const int from = std::max(0, static_cast<int>((1.0 - direction.y - reach_) * 0.5 * count));
  const int to = std::min(count, static_cast<int>((1.0 - direction.y + reach_) * 0.5 * count) + 1);
  double best = -2, next = -2;  // cosines
  Neighbour found;
  for (int i = from; i < to; ++i) {
    const double cosine = Dot(points_[static_cast<std::size_t>(i)], direction);
    if (cosine > best) {
      next = best;
      best = cosine;
      found.index = i;
    } else if (cosine > next) {
      next = cosine;
    }
  }
  found.first = std::sqrt(std::max(0.0, 2.0 - 2.0 * best));
  found.second = std::sqrt(std::max(0.0, 2.0 - 2.0 * next));
  return found;
}

}  // namespace fruits::samples
