// A banana: a tube about an arc, thick in the middle, slightly five-sided, with a stalk at one end.
#pragma once

#include <cstdint>

#include "samples/fruit.h"

namespace fruits::samples {

class Banana : public Fruit {
 public:
  explicit Banana(std::uint32_t seed);
  double Distance(const Vec3& p) const override;
  double FineDistance(const Vec3& p) const override;
  Skin SkinAt(const Vec3& p) const override;
  double bound() const override { return 1.45; }

 private:
  struct Place {
    double along;     // sine of the angle on the arc, -1 to 1 from tip to stalk
    double distance;  // from the arc
    double side;      // cosine about the tube, 1 on the outside of the bend
    double radius;    // of the tube here
  };
  Place PlaceOf(const Vec3& p) const;

  std::uint32_t seed_;
  double arc_;  // radius of the arc
};

}  // namespace fruits::samples
