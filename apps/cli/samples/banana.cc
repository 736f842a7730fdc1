#include "samples/banana.h"

#include "samples/noise.h"

namespace fruits::samples {
namespace {

constexpr double kEnd = 0.86;  // sine of half the arc's angle

}  // namespace

Banana::Banana(std::uint32_t seed) : seed_(seed), arc_(1.38 + 0.16 * RandomUnit(seed, 1)) {}

Banana::Place Banana::PlaceOf(const Vec3& p) const {
  // The arc lies in the x-y plane, its middle at the origin, its ends bent towards +y.
  const double dx = p.x, dy = arc_ - 0.35 - p.y;
  const double from_center = std::max(std::sqrt(dx * dx + dy * dy), 1e-9);
  const double sine = dy > 0 ? dx / from_center : (dx > 0 ? 1.0 : -1.0);
  Place place;
  place.along = std::min(kEnd, std::max(-kEnd, sine));
  const double cosine = std::sqrt(1.0 - place.along * place.along);
  // Across the tube: outwards from the arc's centre, and z.
  const double out = dx * place.along + dy * cosine - arc_;
  const double beyond = dx * cosine - dy * place.along;  // past an end
  place.distance = std::sqrt(out * out + p.z * p.z + beyond * beyond);
  place.side = out / std::max(std::sqrt(out * out + p.z * p.z), 1e-9);
  const double a = place.along / kEnd;  // -1 to 1
  const double body = 0.30 * (1.0 - 0.30 * a * a) * (1.0 - 0.78 * SmoothStep(0.60, 0.86, a)) *
                      (1.0 - 0.74 * SmoothStep(0.80, 1.0, -a));
  const double corners = 1.0 + 0.030 * CosMultiple(place.side, 5) * (1.0 - a * a);
  place.radius = body * corners;
  return place;
}

double Banana::Distance(const Vec3& p) const {
  const Place place = PlaceOf(p);
  return 0.72 * (place.distance - place.radius);
}

double Banana::FineDistance(const Vec3& p) const { return Distance(p) - 0.006 * Noise(p * 9.0, seed_ + 5); }

Skin Banana::SkinAt(const Vec3& p) const {
  const Place place = PlaceOf(p);
  const double a = place.along / kEnd;
  Vec3 color = Mix({0.93, 0.75, 0.16}, {0.80, 0.62, 0.10}, Fractal(p * 3.0, 3, seed_ + 1));
  // Greener towards the stalk, darker along the corners.
  color = Mix(color, {0.60, 0.62, 0.20}, 0.75 * SmoothStep(0.45, 0.85, a));
  const double corner = SmoothStep(0.75, 1.0, CosMultiple(place.side, 5));
  color = Mix(color, {0.62, 0.45, 0.10}, 0.35 * corner);
  const double specks = Fractal({p.x * 5, p.y * 14, p.z * 14}, 3, seed_ + 2);
  color = Mix(color, {0.30, 0.18, 0.07}, SmoothStep(0.66, 0.74, specks));
  color = Mix(color, {0.16, 0.11, 0.06}, SmoothStep(0.955, 0.985, -a) + SmoothStep(0.96, 0.99, a));
  return {.color = color, .gloss = 0.16, .sharpness = 4};
}

}  // namespace fruits::samples
