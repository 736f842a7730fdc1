// A fruit that is round about its axis, more or less: a ball stretched, tapered, bent, dented at its poles
// and lobed, with a stalk; its skin and relief are plain functions, so a kind is a handful of numbers and two
// functions.
#pragma once

#include <cstdint>
#include <optional>

#include "samples/fruit.h"
#include "samples/lattice.h"

namespace fruits::samples {

// A bump (height > 0) or dent at a pole, `width` in units of 1 - cos(angle from the pole).
struct Pole {
  double height = 0;
  double width = 0.1;
};

struct LatheShape {
  double wide = 1, tall = 1, deep = 1;  // half axes along x, y, z
  Pole top{}, bottom{};                 // broad
  Pole top_tip{}, bottom_tip{};         // narrow, on top of those
  double taper_top = 0;                 // share of the width lost towards the top
  double taper_top_from = -0.2;         // y / tall where that starts
  double taper_bottom = 0;
  double bend = 0;  // shifts x by bend * y^2
  int lobes = 0;
  double lobe_depth = 0;
  double groove = 0;  // depth of a peach's seam
  double pace = 0.8;  // share of the estimated distance that is safe to step
};

struct Stalk {
  double from = 0.8, to = 1.25;  // y
  double radius = 0.05;
  double lean = 0.1;  // x at its end
  Vec3 color{0.36, 0.26, 0.14};
};

// Where on the body a point lies.
struct Spot {
  Vec3 p;
  Vec3 q;                 // on the unit ball before stretching
  double r = 1;           // length of q before it was made 1
  double cos_around = 1;  // of the angle about the axis
  double sin_around = 0;
};

class LatheFruit;
struct LatheRecipe {
  LatheShape shape;
  std::optional<Stalk> stalk = std::nullopt;
  Skin (*skin)(const LatheFruit&, const Spot&) = nullptr;
  double (*relief)(const LatheFruit&, const Spot&) = nullptr;  // in units of the radius
  double (*swell)(const LatheFruit&, const Spot&) = nullptr;   // as relief, but seen in the silhouette
  double swell_bound = 0;
  int lattice = 0;  // points, where the kind needs them
};

class LatheFruit : public Fruit {
 public:
  LatheFruit(const LatheRecipe& recipe, std::uint32_t seed);

  double Distance(const Vec3& p) const override;
  double FineDistance(const Vec3& p) const override;
  Skin SkinAt(const Vec3& p) const override;
  double bound() const override { return bound_; }

  std::uint32_t seed() const { return seed_; }
  const Lattice& lattice() const { return *lattice_; }

 private:
  Spot SpotOf(const Vec3& p, double* width) const;
  double Profile(const Spot& spot) const;
  // From the body, its radius being `r`, and from the stalk.
  double DistanceAt(const Spot& spot, double width, double r) const;
  double StalkDistance(const Vec3& p) const;

  LatheRecipe recipe_;
  std::uint32_t seed_;
  std::optional<Lattice> lattice_;
  double bound_ = 0;
};

}  // namespace fruits::samples
