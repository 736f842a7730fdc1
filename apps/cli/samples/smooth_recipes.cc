#include "samples/noise.h"
#include "samples/recipes.h"

namespace fruits::samples {
namespace {

// Lines along the meridians: quick around the axis, slow along it. In [0, 1).
double Streaks(const Spot& spot, double around, double along, std::uint32_t seed) {
  return Fractal({spot.cos_around * around, spot.q.y * along, spot.sin_around * around}, 3, seed);
}

// Small pale or dark points all over: 1 on a point, 0 elsewhere.
double Dots(const Spot& spot, double fine, double rare, std::uint32_t seed) {
  return SmoothStep(rare, rare + 0.1, Noise(spot.q * fine, seed));
}

// The thin pale film on plums and blueberries.
Vec3 Bloom(const Vec3& color, const Spot& spot, double amount, std::uint32_t seed) {
  const double film = SmoothStep(0.35, 0.75, Fractal(spot.q * 2.6, 4, seed));
  return Mix(color, {0.52, 0.56, 0.68}, amount * film);
}

// A star of green leaves about the stalk: 1 on a leaf.
double LeafStar(const Spot& spot, int leaves, double reach) {
  const double away = 1.0 - spot.q.y;
  const double ray = 0.5 + 0.5 * CosMultiple(spot.cos_around, leaves);
  const double edge = reach * (0.12 + 0.88 * ray * ray * ray);
  return 1.0 - SmoothStep(edge * 0.85, edge * 1.05, away);
}

double LeafSwell(const Spot& spot, int leaves, double reach, double height) {
  const double away = 1.0 - spot.q.y;
  return height * LeafStar(spot, leaves, reach) * (0.4 + 0.6 * SmoothStep(0.0, reach, away));
}

Vec3 LeafGreen(const Spot& spot, std::uint32_t seed) {
  return Mix({0.24, 0.40, 0.13}, {0.42, 0.56, 0.22}, Streaks(spot, 9, 2, seed + 77));
}

LatheShape AppleShape() {
  LatheShape s;
  s.wide = s.deep = 1.0;
  s.tall = 0.93;
  s.top = {-0.34, 0.045};
  s.bottom = {-0.22, 0.05};
  s.taper_bottom = 0.16;
  s.lobes = 5;
  s.lobe_depth = 0.012;
  s.pace = 0.66;
  return s;
}

Skin AppleRedSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  const double streak = Streaks(spot, 7, 1.3, seed + 1);
  Vec3 color = Mix({0.60, 0.07, 0.10}, {0.84, 0.34, 0.20}, SmoothStep(0.35, 0.75, streak));
  // The side that hung in the shade stays yellow.
  const double shade = SmoothStep(0.55, 0.80, Fractal(spot.q * 0.9, 2, seed + 2) + 0.12 * streak);
  color = Mix(color, {0.88, 0.72, 0.32}, 0.8 * shade);
  const double hollow = Bell((1.0 - spot.q.y) / 0.06);
  color = Mix(color, {0.66, 0.60, 0.26}, 0.9 * hollow);
  color = Mix(color, {0.92, 0.74, 0.52}, 0.55 * Dots(spot, 24, 0.80, seed + 3));
  return {.color = color, .gloss = 0.34, .sharpness = 5};
}

Skin AppleGoldenSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  Vec3 color = Mix({0.88, 0.78, 0.34}, {0.80, 0.74, 0.28}, Fractal(spot.q * 2, 3, seed + 1));
  const double russet = Fractal(spot.q * 5, 4, seed + 2) + 0.30 * Bell((1.0 - spot.q.y) / 0.05);
  color = Mix(color, {0.56, 0.42, 0.20}, 0.75 * SmoothStep(0.60, 0.74, russet));
  color = Mix(color, {0.50, 0.42, 0.18}, 0.6 * Dots(spot, 22, 0.84, seed + 3));
  return {.color = color, .gloss = 0.22, .sharpness = 4};
}

Skin AppleGreenSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  Vec3 color = Mix({0.44, 0.62, 0.16}, {0.60, 0.74, 0.28}, Streaks(spot, 4, 1.2, seed + 1));
  color = Mix(color, {0.44, 0.50, 0.20}, 0.7 * Bell((1.0 - spot.q.y) / 0.05));
  color = Mix(color, {0.84, 0.90, 0.62}, 0.75 * Dots(spot, 18, 0.82, seed + 3));
  return {.color = color, .gloss = 0.42, .sharpness = 5};
}

Skin BlueberrySkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  Vec3 color = Mix({0.15, 0.18, 0.32}, {0.22, 0.25, 0.42}, Fractal(spot.q * 3, 3, seed + 1));
  color = Bloom(color, spot, 0.45, seed + 2);
  color = Mix(color, {0.12, 0.10, 0.14}, SmoothStep(0.10, 0.05, 1.0 - spot.q.y));
  return {.color = color, .gloss = 0.10, .sharpness = 3};
}

double BlueberryCrown(const LatheFruit&, const Spot& spot) {
  const double away = 1.0 - spot.q.y;
  const double ring = Bell((away - 0.11) * (away - 0.11) / 0.0012);
  return 0.11 * ring * (0.55 + 0.45 * CosMultiple(spot.cos_around, 5));
}

Skin CherrySkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  Vec3 color = Mix({0.42, 0.02, 0.06}, {0.62, 0.06, 0.08}, Fractal(spot.q * 1.6, 3, seed + 1));
  color = Mix(color, {0.80, 0.30, 0.24}, 0.35 * Dots(spot, 26, 0.82, seed + 2));
  return {.color = color, .gloss = 0.75, .sharpness = 6};
}

Skin EggplantSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  const double leaf = LeafStar(spot, 5, 0.20);
  Vec3 color = Mix({0.17, 0.07, 0.17}, {0.28, 0.11, 0.27}, Streaks(spot, 3, 0.8, seed + 1));
  color = Mix(color, LeafGreen(spot, seed), leaf);
  return {.color = color, .gloss = 0.62 - 0.5 * leaf, .sharpness = 5};
}

double EggplantCap(const LatheFruit&, const Spot& spot) { return LeafSwell(spot, 5, 0.20, 0.07); }

Skin GrapeSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  Vec3 color = Mix({0.62, 0.72, 0.30}, {0.78, 0.82, 0.48}, Streaks(spot, 3, 0.9, seed + 1));
  color = Mix(color, {0.80, 0.68, 0.34}, 0.5 * SmoothStep(0.55, 0.8, Fractal(spot.q * 1.4, 3, seed + 2)));
  color = Mix(color, {0.42, 0.34, 0.16}, SmoothStep(0.012, 0.006, 1.0 + spot.q.y));
  return {.color = color, .gloss = 0.30, .sharpness = 4, .fuzz = 0.16};
}

Skin MangoSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  const double blush =
      0.5 + 0.42 * spot.q.x + 0.32 * spot.q.y + 0.7 * (Fractal(spot.q * 1.8, 3, seed + 1) - 0.5);
  Vec3 color = Mix({0.38, 0.50, 0.16}, {0.92, 0.66, 0.18}, SmoothStep(0.15, 0.50, blush));
  color = Mix(color, {0.76, 0.22, 0.14}, SmoothStep(0.48, 0.85, blush));
  color = Mix(color, {0.90, 0.80, 0.46}, 0.5 * Dots(spot, 20, 0.82, seed + 2));
  return {.color = color, .gloss = 0.26, .sharpness = 4};
}

Skin PeachSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  const double blush =
      Fractal(spot.q * 1.5, 4, seed + 1) + 0.16 * (Streaks(spot, 8, 1.5, seed + 2) - 0.5) - 0.1 * spot.q.x;
  Vec3 color = Mix({0.95, 0.70, 0.34}, {0.72, 0.18, 0.14}, SmoothStep(0.38, 0.64, blush));
  color = Mix(color, {0.80, 0.66, 0.30}, 0.7 * Bell((1.0 - spot.q.y) / 0.05));
  return {.color = color, .gloss = 0.04, .sharpness = 3, .fuzz = 0.40};
}

Skin PearSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  Vec3 color = Mix({0.70, 0.70, 0.26}, {0.80, 0.78, 0.36}, Fractal(spot.q * 1.8, 3, seed + 1));
  color = Mix(
      color, {0.52, 0.40, 0.16},
      0.8 * SmoothStep(0.55, 0.75, Fractal(spot.q * 6, 3, seed + 2) + 0.35 * Bell((1.0 - spot.q.y) / 0.03)));
  color = Mix(color, {0.40, 0.36, 0.12}, 0.75 * Dots(spot, 21, 0.78, seed + 3));
  color = Mix(color, {0.22, 0.15, 0.07}, SmoothStep(0.02, 0.008, 1.0 + spot.q.y));
  return {.color = color, .gloss = 0.20, .sharpness = 4};
}

Skin PlumSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  Vec3 color =
      Mix({0.24, 0.05, 0.14}, {0.44, 0.07, 0.15}, SmoothStep(0.3, 0.7, Fractal(spot.q * 1.3, 3, seed + 1)));
  color = Bloom(color, spot, 0.42, seed + 2);
  return {.color = color, .gloss = 0.30, .sharpness = 4};
}

Skin TomatoSkin(const LatheFruit& fruit, const Spot& spot) {
  const std::uint32_t seed = fruit.seed();
  Vec3 color = Mix({0.84, 0.13, 0.05}, {0.92, 0.26, 0.07}, Fractal(spot.q * 1.5, 3, seed + 1));
  const double leaf = LeafStar(spot, 6, 0.19);
  color = Mix(color, {0.86, 0.52, 0.12}, 0.6 * Bell((1.0 - spot.q.y) / 0.10));
  color = Mix(color, LeafGreen(spot, seed), leaf);
  return {.color = color, .gloss = 0.60 - 0.55 * leaf, .sharpness = 5};
}

double TomatoLeaves(const LatheFruit&, const Spot& spot) { return LeafSwell(spot, 6, 0.19, 0.06); }

}  // namespace

LatheRecipe AppleRed() {
  return {.shape = AppleShape(), .stalk = Stalk{.from = 0.55, .to = 1.14}, .skin = AppleRedSkin};
}

LatheRecipe AppleGolden() {
  LatheShape s = AppleShape();
  s.tall = 0.84;
  s.taper_bottom = 0.06;
  return {.shape = s, .stalk = Stalk{.from = 0.45, .to = 0.98}, .skin = AppleGoldenSkin};
}

LatheRecipe AppleGrannySmith() {
  LatheShape s = AppleShape();
  s.tall = 0.96;
  s.taper_bottom = 0.22;
  s.lobe_depth = 0.02;
  return {.shape = s,
          .stalk = Stalk{.from = 0.55, .to = 1.10, .color = {0.40, 0.36, 0.16}},
          .skin = AppleGreenSkin};
}

LatheRecipe Blueberry() {
  LatheShape s;
  s.tall = 0.80;
  s.top = {-0.16, 0.05};
  s.pace = 0.6;
  return {.shape = s, .skin = BlueberrySkin, .swell = BlueberryCrown, .swell_bound = 0.12};
}

LatheRecipe Cherry() {
  LatheShape s;
  s.tall = 0.90;
  s.top = {-0.24, 0.06};
  s.bottom = {-0.03, 0.05};
  s.groove = 0.02;
  s.pace = 0.66;
  return {
      .shape = s,
      .stalk = Stalk{.from = 0.55, .to = 1.45, .radius = 0.035, .lean = 0.18, .color = {0.40, 0.44, 0.14}},
      .skin = CherrySkin};
}

LatheRecipe Eggplant() {
  LatheShape s;
  s.wide = s.deep = 0.62;
  s.tall = 1.25;
  s.taper_top = 0.40;
  s.bend = 0.10;
  return {.shape = s,
          .stalk = Stalk{.from = 1.15, .to = 1.52, .radius = 0.09, .color = {0.34, 0.44, 0.18}},
          .skin = EggplantSkin,
          .swell = EggplantCap,
          .swell_bound = 0.075};
}

LatheRecipe GrapeWhite() {
  LatheShape s;
  s.wide = s.deep = 0.76;
  return {.shape = s,
          .stalk = Stalk{.from = 0.9, .to = 1.18, .radius = 0.045, .color = {0.50, 0.46, 0.20}},
          .skin = GrapeSkin};
}

LatheRecipe Mango() {
  LatheShape s;
  s.wide = 0.80;
  s.deep = 0.70;
  s.tall = 1.05;
  s.taper_bottom = 0.22;
  s.bend = 0.16;
  s.top = {-0.05, 0.03};
  return {.shape = s, .stalk = Stalk{.from = 0.9, .to = 1.06, .radius = 0.05}, .skin = MangoSkin};
}

LatheRecipe Peach() {
  LatheShape s;
  s.tall = 0.92;
  s.top = {-0.24, 0.05};
  s.bottom_tip = {0.05, 0.02};
  s.groove = 0.07;
  s.pace = 0.62;
  return {.shape = s, .skin = PeachSkin};
}

LatheRecipe Pear() {
  LatheShape s;
  s.wide = s.deep = 0.86;
  s.tall = 1.12;
  s.taper_top = 0.62;
  s.taper_top_from = -0.35;
  s.bottom = {-0.10, 0.04};
  return {
      .shape = s, .stalk = Stalk{.from = 1.0, .to = 1.48, .radius = 0.04, .lean = 0.14}, .skin = PearSkin};
}

LatheRecipe Plum() {
  LatheShape s;
  s.wide = s.deep = 0.88;
  s.top = {-0.08, 0.04};
  s.groove = 0.045;
  s.pace = 0.66;
  return {.shape = s, .stalk = Stalk{.from = 0.8, .to = 1.12, .radius = 0.03}, .skin = PlumSkin};
}

LatheRecipe Tomato() {
  LatheShape s;
  s.tall = 0.76;
  s.top = {-0.16, 0.10};
  s.bottom = {-0.05, 0.06};
  s.lobes = 6;
  s.lobe_depth = 0.035;
  s.pace = 0.6;
  return {.shape = s,
          .stalk = Stalk{.from = 0.55, .to = 0.88, .radius = 0.05, .color = {0.30, 0.42, 0.16}},
          .skin = TomatoSkin,
          .swell = TomatoLeaves,
          .swell_bound = 0.065};
}

}  // namespace fruits::samples
