#include "samples/noise.h"
#include "samples/recipes.h"

namespace fruits::samples {
namespace {

Skin AvocadoSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  Vec3 color = Mix({0.16, 0.20, 0.08}, {0.34, 0.40, 0.16}, Fractal(spot.q * 9, 4, seed + 1));
  color = Mix(color, {0.12, 0.10, 0.07}, 0.8 * SmoothStep(0.58, 0.78, Fractal(spot.q * 3, 3, seed + 2)));
  return {.color = color, .gloss = 0.30, .sharpness = 4};
}

double AvocadoRelief(const LatheFruit& fruit, const Spot& spot) {
  return 0.030 * Fractal(spot.q * 11, 2, fruit.seed() + 9);
}

// Fibres that run from pole to pole.
double Fibres(const LatheFruit& fruit, const Spot& spot, double around, double along) {
  return Fractal({spot.cos_around * around, spot.q.y * along, spot.sin_around * around}, 2, fruit.seed() + 9);
}

Skin CoconutSkin(const LatheFruit& fruit, const Spot& spot) {
  Vec3 color = Mix({0.26, 0.16, 0.09}, {0.62, 0.46, 0.30}, SmoothStep(0.25, 0.8, Fibres(fruit, spot, 16, 4)));
  // Three dark eyes at the top.
  const double third = CosMultiple(spot.cos_around, 3);
  const double away = (1.0 - spot.q.y - 0.05) / 0.02;
  color = Mix(color, {0.10, 0.06, 0.04}, SmoothStep(0.2, 0.6, third) * Bell(away * away));
  return {.color = color, .gloss = 0.03, .sharpness = 3, .fuzz = 0.12};
}

double CoconutRelief(const LatheFruit& fruit, const Spot& spot) { return 0.05 * Fibres(fruit, spot, 16, 4); }

Skin KiwiSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  Vec3 color = Mix({0.40, 0.29, 0.16}, {0.62, 0.48, 0.29}, Fibres(fruit, spot, 13, 5));
  color = Mix(color, {0.44, 0.42, 0.20}, 0.5 * SmoothStep(0.45, 0.75, Fractal(spot.q * 1.5, 3, seed + 1)));
  color = Mix(color, {0.22, 0.15, 0.08}, SmoothStep(0.020, 0.010, 1.0 - spot.q.y));
  return {.color = color, .gloss = 0.02, .sharpness = 2, .fuzz = 0.36};
}

double KiwiRelief(const LatheFruit& fruit, const Spot& spot) {
  return 0.030 * Noise({spot.q.x * 26, spot.q.y * 12, spot.q.z * 26}, fruit.seed() + 9);
}

double Pores(const LatheFruit& fruit, const Spot& spot, double fine) {
  return Noise(spot.q * fine, fruit.seed() + 9);
}

double CitrusRelief(const LatheFruit& fruit, const Spot& spot) { return 0.016 * Pores(fruit, spot, 17); }

Skin Citrus(const LatheFruit& fruit, const Spot& spot, const Vec3& light, const Vec3& dark) {
  const std::uint32_t seed = fruit.seed();
  Vec3 color = Mix(dark, light, SmoothStep(0.2, 0.8, Fractal(spot.q * 1.7, 3, seed + 1)));
  color = Mix(color, color * 0.90, SmoothStep(0.42, 0.18, Pores(fruit, spot, 17)));
  // Where the stalk was.
  const double away = 1.0 - spot.q.y;
  const double star = 0.012 * (0.8 + 0.3 * CosMultiple(spot.cos_around, 5));
  color = Mix(color, {0.38, 0.42, 0.18}, SmoothStep(star, star * 0.6, away));
  color = Mix(color, {0.30, 0.20, 0.09}, SmoothStep(0.006, 0.003, 1.0 + spot.q.y));
  return {.color = color, .gloss = 0.24, .sharpness = 4};
}

Skin LemonSkin(const LatheFruit& fruit, const Spot& spot) {
  return Citrus(fruit, spot, {0.97, 0.84, 0.20}, {0.92, 0.72, 0.10});
}
Skin LimeSkin(const LatheFruit& fruit, const Spot& spot) {
  return Citrus(fruit, spot, {0.46, 0.60, 0.16}, {0.20, 0.40, 0.09});
}
Skin OrangeSkin(const LatheFruit& fruit, const Spot& spot) {
  return Citrus(fruit, spot, {0.96, 0.54, 0.08}, {0.90, 0.42, 0.05});
}

double PineappleScales(const LatheFruit& fruit, const Spot& spot) {
  const Lattice::Neighbour near = fruit.lattice().Nearest(spot.q);
  const double inside = SmoothStep(0.0, 0.10, near.second - near.first);
  return 0.075 * inside + 0.07 * Bell(near.first * near.first / 0.0012);
}

Skin PineappleSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  const Lattice::Neighbour near = fruit.lattice().Nearest(spot.q);
  const double border = near.second - near.first;
  const double own = RandomUnit(seed + 1, static_cast<std::uint32_t>(near.index));
  Vec3 color = Mix({0.62, 0.38, 0.12}, {0.78, 0.56, 0.18}, own);
  color = Mix(color, {0.44, 0.42, 0.16}, 0.8 * SmoothStep(0.2, 0.7, Fractal(spot.q * 6, 3, seed + 2)));
  color = Mix({0.20, 0.13, 0.07}, color, SmoothStep(0.01, 0.09, border));
  // A pale bract with a dry tip on each scale.
  color = Mix(color, {0.80, 0.68, 0.46}, 0.8 * Bell(near.first * near.first / 0.003));
  color = Mix(color, {0.24, 0.15, 0.10}, Bell(near.first * near.first / 0.0006));
  return {.color = color, .gloss = 0.12, .sharpness = 3};
}

double Drupelets(const LatheFruit& fruit, const Spot& spot) {
  const Lattice::Neighbour near = fruit.lattice().Nearest(spot.q);
  const double across = std::min(1.0, near.first / 0.215);
  return 0.20 * std::sqrt(1.0 - 0.96 * across * across);
}

Skin RaspberrySkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  const Lattice::Neighbour near = fruit.lattice().Nearest(spot.q);
  const double own = RandomUnit(seed + 1, static_cast<std::uint32_t>(near.index));
  Vec3 color = Mix({0.62, 0.06, 0.20}, {0.82, 0.16, 0.30}, own);
  color = Mix({0.34, 0.02, 0.10}, color, SmoothStep(0.0, 0.10, near.second - near.first));
  // Hollow where it sat on its core.
  color = Mix(color, {0.26, 0.03, 0.08}, SmoothStep(0.10, 0.04, 1.0 - spot.q.y));
  return {.color = color, .gloss = 0.42, .sharpness = 4, .fuzz = 0.14};
}

// 1 on the leaves about a strawberry's stalk.
double StrawberryLeaf(const Spot& spot) {
  const double away = 1.0 - spot.q.y;
  const double ray = 0.5 + 0.5 * CosMultiple(spot.cos_around, 9);
  const double edge = 0.30 * (0.35 + 0.65 * ray);
  return 1.0 - SmoothStep(edge * 0.88, edge, away);
}

double StrawberrySwell(const LatheFruit& fruit, const Spot& spot) {
  if (const double leaf = StrawberryLeaf(spot); leaf > 0) return 0.10 * leaf * (0.3 + 3.0 * (1.0 - spot.q.y));
  const Lattice::Neighbour near = fruit.lattice().Nearest(spot.q);
  const double u = near.first * near.first;
  return -0.035 * Bell(u / 0.0035) + 0.022 * Bell(u / 0.0006);
}

Skin StrawberrySkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  if (const double leaf = StrawberryLeaf(spot); leaf > 0.5) {
    const double vein = Fractal({spot.cos_around * 12, spot.q.y * 4, spot.sin_around * 12}, 2, seed + 5);
    return {.color = Mix({0.20, 0.36, 0.10}, {0.44, 0.58, 0.22}, vein), .gloss = 0.08, .sharpness = 3};
  }
  const Lattice::Neighbour near = fruit.lattice().Nearest(spot.q);
  Vec3 color = Mix({0.72, 0.03, 0.06}, {0.86, 0.12, 0.09}, Fractal(spot.q * 2, 3, seed + 1));
  color = Mix(color, {0.94, 0.78, 0.66}, 0.75 * SmoothStep(0.52, 0.30, 1.0 - spot.q.y));
  color = Mix(color, {0.88, 0.72, 0.30}, SmoothStep(0.042, 0.028, near.first));
  return {.color = color, .gloss = 0.50, .sharpness = 4};
}

Skin WatermelonSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  // Ten ragged stripes.
  const double shake = 1.5 * (Fractal(spot.q * 4.5, 3, seed + 1) - 0.5);
  const double stripe = CosMultiple(spot.cos_around, 10) + 1.3 * shake;
  Vec3 color = Mix({0.66, 0.74, 0.44}, {0.50, 0.62, 0.30}, Fractal(spot.q * 8, 3, seed + 2));
  color = Mix(color, {0.08, 0.26, 0.11}, SmoothStep(0.15, 0.45, stripe));
  color = Mix(color, {0.70, 0.70, 0.38}, 0.6 * SmoothStep(0.01, 0.004, 1.0 + spot.q.y));
  return {.color = color, .gloss = 0.24, .sharpness = 4};
}

}  // namespace

LatheRecipe Avocado() {
  LatheShape s;
  s.wide = s.deep = 0.80;
  s.tall = 1.12;
  s.taper_top = 0.42;
  s.taper_top_from = -0.3;
  return {.shape = s,
          .stalk = Stalk{.from = 0.95, .to = 1.16, .radius = 0.06},
          .skin = AvocadoSkin,
          .relief = AvocadoRelief};
}

LatheRecipe Coconut() {
  LatheShape s;
  s.wide = s.deep = 0.94;
  s.lobes = 3;
  s.lobe_depth = 0.03;
  s.top_tip = {0.06, 0.04};
  return {.shape = s, .skin = CoconutSkin, .relief = CoconutRelief};
}

LatheRecipe Kiwi() {
  LatheShape s;
  s.wide = 0.78;
  s.deep = 0.72;
  s.tall = 1.0;
  s.top_tip = {0.05, 0.015};
  s.bottom_tip = {0.03, 0.01};
  return {.shape = s, .skin = KiwiSkin, .relief = KiwiRelief};
}

LatheRecipe Lemon() {
  LatheShape s;
  s.wide = s.deep = 0.76;
  s.tall = 0.95;
  s.top_tip = {0.08, 0.02};
  s.bottom_tip = {0.22, 0.025};
  s.pace = 0.7;
  return {.shape = s, .skin = LemonSkin, .relief = CitrusRelief};
}

LatheRecipe Lime() {
  LatheShape s;
  s.wide = s.deep = 0.84;
  s.tall = 0.95;
  s.bottom_tip = {0.10, 0.02};
  s.pace = 0.7;
  return {.shape = s, .skin = LimeSkin, .relief = CitrusRelief};
}

LatheRecipe Orange() {
  LatheShape s;
  s.tall = 0.95;
  s.top = {-0.05, 0.02};
  return {.shape = s, .skin = OrangeSkin, .relief = CitrusRelief};
}

LatheRecipe Pineapple() {
  LatheShape s;
  s.wide = s.deep = 0.78;
  s.tall = 1.06;
  s.taper_top = 0.14;
  s.pace = 0.55;
  return {.shape = s, .skin = PineappleSkin, .swell = PineappleScales, .swell_bound = 0.15, .lattice = 110};
}

LatheRecipe Raspberry() {
  LatheShape s;
  s.wide = s.deep = 0.80;
  s.tall = 0.92;
  s.top = {-0.55, 0.05};
  s.taper_bottom = 0.24;
  s.pace = 0.5;
  return {.shape = s, .skin = RaspberrySkin, .swell = Drupelets, .swell_bound = 0.205, .lattice = 85};
}

LatheRecipe Strawberry() {
  LatheShape s;
  s.wide = s.deep = 0.92;
  s.tall = 1.08;
  s.taper_bottom = 0.55;
  s.top = {-0.12, 0.06};
  s.pace = 0.6;
  return {.shape = s,
          .stalk = Stalk{.from = 0.85, .to = 1.35, .radius = 0.045, .color = {0.40, 0.52, 0.22}},
          .skin = StrawberrySkin,
          .swell = StrawberrySwell,
          .swell_bound = 0.14,
          .lattice = 150};
}

LatheRecipe Watermelon() {
  LatheShape s;
  s.tall = 0.98;
  s.top = {-0.04, 0.02};
  return {.shape = s,
          .stalk = Stalk{.from = 0.9, .to = 1.16, .radius = 0.04, .color = {0.40, 0.44, 0.20}},
          .skin = WatermelonSkin};
}

}  // namespace fruits::samples
