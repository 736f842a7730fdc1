#include "samples/lathe_fruit.h"

#include "samples/noise.h"

namespace fruits::samples {

LatheFruit::LatheFruit(const LatheRecipe& recipe, std::uint32_t seed) : recipe_(recipe), seed_(seed) {
  // No two of a kind are of quite the same build.
  LatheShape& shape = recipe_.shape;
  shape.wide *= 0.96 + 0.08 * RandomUnit(seed, 1);
  shape.deep *= 0.96 + 0.08 * RandomUnit(seed, 2);
  shape.tall *= 0.97 + 0.06 * RandomUnit(seed, 3);
  shape.bend += 0.06 * (RandomUnit(seed, 4) - 0.5);
  if (recipe_.stalk) recipe_.stalk->lean += 0.2 * (RandomUnit(seed, 5) - 0.5);
  if (recipe_.lattice > 0) lattice_.emplace(recipe_.lattice);

  const double tips = std::max(0.0, shape.top.height) + std::max(0.0, shape.top_tip.height) +
                      std::max(0.0, shape.bottom.height) + std::max(0.0, shape.bottom_tip.height);
  const double largest = std::max({shape.wide, shape.tall, shape.deep});
  bound_ = largest * (1.02 + tips + recipe_.swell_bound + shape.lobe_depth) +
           std::abs(shape.bend) * shape.tall * shape.tall;
  if (recipe_.stalk) {
    const Stalk& stalk = *recipe_.stalk;
    bound_ = std::max(bound_, stalk.radius + Length({stalk.lean, stalk.to, 0}));
  }
}

Spot LatheFruit::SpotOf(const Vec3& p, double* width) const {
  const LatheShape& s = recipe_.shape;
  const double y = p.y / s.tall;
  double w = 1;
  if (s.taper_top != 0) w -= s.taper_top * SmoothStep(s.taper_top_from, 1.0, y);
  if (s.taper_bottom != 0) w -= s.taper_bottom * SmoothStep(-0.3, 1.0, -y);
  *width = w;
  const double x = p.x - s.bend * p.y * p.y;
  Spot spot;
  spot.p = p;
  spot.q = {x / (s.wide * w), y, p.z / (s.deep * w)};
  spot.r = std::max(Length(spot.q), 1e-9);
  spot.q = spot.q * (1.0 / spot.r);
  const double rim = std::max(std::sqrt(spot.q.x * spot.q.x + spot.q.z * spot.q.z), 1e-9);
  spot.cos_around = spot.q.x / rim;
  spot.sin_around = spot.q.z / rim;
  return spot;
}

double LatheFruit::Profile(const Spot& spot) const {
  const LatheShape& s = recipe_.shape;
  const double up = 1.0 - spot.q.y, down = 1.0 + spot.q.y;
  double r = 1;
  if (s.top.height != 0) r += s.top.height * Bell(up / s.top.width);
  if (s.bottom.height != 0) r += s.bottom.height * Bell(down / s.bottom.width);
  if (s.top_tip.height != 0) r += s.top_tip.height * Bell(up / s.top_tip.width);
  if (s.bottom_tip.height != 0) r += s.bottom_tip.height * Bell(down / s.bottom_tip.width);
  if (s.lobes > 0) {
    const double rim = 1.0 - spot.q.y * spot.q.y;
    r += s.lobe_depth * rim * CosMultiple(spot.cos_around, s.lobes);
  }
  if (s.groove != 0 && spot.cos_around > 0) {
    const double rim = std::sqrt(std::max(0.0, 1.0 - spot.q.y * spot.q.y));
    r -= s.groove * Bell((1.0 - spot.cos_around) * rim / 0.004) * (0.4 + 0.6 * (1 + spot.q.y) * 0.5);
  }
  return r;
}

double LatheFruit::StalkDistance(const Vec3& p) const {
  const Stalk& s = *recipe_.stalk;
  const double along = Clamp01((p.y - s.from) / (s.to - s.from));
  const Vec3 center{s.lean * along * along, s.from + (s.to - s.from) * along, 0};
  return Length(p - center) - s.radius * (0.8 + 0.5 * along * along);
}

double LatheFruit::DistanceAt(const Spot& spot, double width, double r) const {
  const LatheShape& s = recipe_.shape;
  const double body = (spot.r - r) * s.pace * std::min({s.wide * width, s.tall, s.deep * width});
  return recipe_.stalk ? std::min(body, 0.9 * StalkDistance(spot.p)) : body;
}

double LatheFruit::Distance(const Vec3& p) const {
  double width = 1;
  const Spot spot = SpotOf(p, &width);
  double r = Profile(spot);
  if (recipe_.swell) {
    // Far outside, the bound of the swelling will do.
    const double outside = spot.r - r - recipe_.swell_bound;
    r += outside > 0.05 ? recipe_.swell_bound : recipe_.swell(*this, spot);
  }
  return DistanceAt(spot, width, r);
}

double LatheFruit::FineDistance(const Vec3& p) const {
  double width = 1;
  const Spot spot = SpotOf(p, &width);
  double r = Profile(spot);
  if (recipe_.swell) r += recipe_.swell(*this, spot);
  if (recipe_.relief) r += recipe_.relief(*this, spot);
  return DistanceAt(spot, width, r);
}

Skin LatheFruit::SkinAt(const Vec3& p) const {
  double width = 1;
  const Spot spot = SpotOf(p, &width);
  if (recipe_.stalk && StalkDistance(p) < 0.012) {
    const double tone = 0.7 + 0.6 * Fractal({p.x * 30, p.y * 6, p.z * 30}, 2, seed_);
    return {.color = recipe_.stalk->color * tone, .gloss = 0.05, .sharpness = 3};
  }
  return recipe_.skin(*this, spot);
}

}  // namespace fruits::samples
