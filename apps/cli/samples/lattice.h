// Points spread evenly over the unit sphere on a Fibonacci spiral: seeds, drupelets, scales.
// Threads: reads are safe together. Memory: 24 bytes a point.
#pragma once

#include <vector>

#include "samples/vec3.h"

namespace fruits::samples {

class Lattice {
 public:
  explicit Lattice(int count);

  struct Neighbour {
    int index = 0;      // of the nearest point
    double first = 9;   // distance to it
    double second = 9;  // to the next nearest
  };
  // direction: of length 1.
  Neighbour Nearest(const Vec3& direction) const;
  const Vec3& operator[](int i) const { return points_[static_cast<std::size_t>(i)]; }

 private:
  std::vector<Vec3> points_;  // by falling y
  double reach_ = 0;          // neighbours lie within this much of y
};

}  // namespace fruits::samples
