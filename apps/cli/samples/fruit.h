// One fruit as the ray caster sees it: a distance field and what its skin looks like.
//
//   std::unique_ptr<Fruit> fruit = FruitKinds()[0].make(seed);
//   Picture picture = RenderPhoto(*fruit, 100, View{.turn = 0.25});
//
// Coordinates: y along the fruit's axis, stalk up; the body is about 1 in radius. Threads: reads are safe
// together.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "samples/vec3.h"

namespace fruits::samples {

// Colours are as displayed (gamma), 0 to 1.
struct Skin {
  Vec3 color{0.5, 0.5, 0.5};
  double gloss = 0.3;  // strength of the highlight
  int sharpness = 5;   // its exponent is 2^sharpness
  double fuzz = 0;     // light caught by hairs at the rim
};

class Fruit {
 public:
  virtual ~Fruit() = default;
  // Not above the true distance to the surface by much; negative inside.
  virtual double Distance(const Vec3& p) const = 0;
  // The same with relief too fine for the silhouette, continuous also far outside: for normals and shade.
  virtual double FineDistance(const Vec3& p) const = 0;
  virtual Skin SkinAt(const Vec3& p) const = 0;
  // The fruit lies inside this radius.
  virtual double bound() const = 0;
};

struct FruitKind {
  std::string_view name;  // the folder's, as in Fruits-360
  std::unique_ptr<Fruit> (*make)(std::uint32_t seed);
};

// All of them, those that differ most first.
std::span<const FruitKind> FruitKinds();

}  // namespace fruits::samples
