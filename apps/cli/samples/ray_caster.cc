#include "samples/ray_caster.h"

namespace fruits::samples {
namespace {

constexpr int kRaysAcross = 2;  // a pixel is the mean of 2 x 2 rays, or of 2 where they agree
constexpr int kMostSteps = 70;
constexpr double kTouch = 0.004;
constexpr double kMiss = 1e9;

// The camera's axes and the lights, in the fruit's coordinates.
struct Stage {
  Vec3 right, up, forward, key, fill, sky;
};

Vec3 RotateX(const Vec3& v, double turns) {
  const double c = CosTurns(turns), s = SinTurns(turns);
  return {v.x, c * v.y - s * v.z, s * v.y + c * v.z};
}
Vec3 RotateY(const Vec3& v, double turns) {
  const double c = CosTurns(turns), s = SinTurns(turns);
  return {c * v.x + s * v.z, v.y, c * v.z - s * v.x};
}
Vec3 RotateZ(const Vec3& v, double turns) {
  const double c = CosTurns(turns), s = SinTurns(turns);
  return {c * v.x - s * v.y, s * v.x + c * v.y, v.z};
}

// From the camera's coordinates (z towards it) to the fruit's.
Vec3 ToFruit(const Vec3& v, const View& view) {
  return RotateZ(RotateY(RotateX(v, view.elevation), -view.turn), -view.lean);
}

Stage MakeStage(const View& view) {
  return {.right = ToFruit({1, 0, 0}, view),
          .up = ToFruit({0, 1, 0}, view),
          .forward = ToFruit({0, 0, -1}, view),
          .key = ToFruit(Normalized({-0.45, 0.62, 0.70}), view),
          .fill = ToFruit(Normalized({0.70, 0.10, 0.62}), view),
          .sky = ToFruit(Normalized({0, 1, 0.25}), view)};
}

// How far along the ray the fruit is; kMiss where it is not. `guess` is where a neighbouring ray met it, or
// kMiss.
double Cast(const Fruit& fruit, const Vec3& origin, const Vec3& direction, double guess = kMiss) {
  constexpr double kHeadStart = 0.06;
  const double bound = fruit.bound();
  const double middle = -Dot(origin, direction);
  const double half = bound * bound - (Dot(origin, origin) - middle * middle);
  if (half <= 0) return kMiss;
  const double reach = std::sqrt(half);
  double along = middle - reach;
  if (guess != kMiss && fruit.Distance(origin + direction * (guess - kHeadStart)) > kTouch)
    along = guess - kHeadStart;
  for (int i = 0; i < kMostSteps && along < middle + reach; ++i) {
    const double distance = fruit.Distance(origin + direction * along);
    if (distance < kTouch) return along;
    along += distance;
  }
  return kMiss;
}

// The gradient from four points of a tetrahedron.
Vec3 NormalAt(const Fruit& fruit, const Vec3& p) {
  constexpr double kStep = 0.006;
  const auto height = [&](double x, double y, double z) {
    const Vec3 q = p + Vec3{x, y, z} * kStep;
    return fruit.FineDistance(q);
  };
  const double a = height(1, -1, -1), b = height(-1, -1, 1), c = height(-1, 1, -1), d = height(1, 1, 1);
  return Normalized({a - b - c + d, -a - b + c + d, -a + b - c + d});
}

double Highlight(const Vec3& normal, const Vec3& half, int sharpness) {
  double v = std::max(0.0, Dot(normal, half));
  for (int i = 0; i < sharpness; ++i) v *= v;
  return v;
}

// Linear light that leaves p towards the camera.
Vec3 Shade(const Fruit& fruit, const Stage& stage, const Vec3& p) {
  const Vec3 normal = NormalAt(fruit, p);
  const Skin skin = fruit.SkinAt(p);
  const Vec3 to_eye = stage.forward * -1.0;
  const double facing = Clamp01(Dot(normal, to_eye));
  // Hollows see less of the sky: how much room there is along the normal tells.
  constexpr double kProbe = 0.16;
  const double open = 0.30 + 0.70 * SmoothStep(-0.1, 0.62, fruit.FineDistance(p + normal * kProbe) / kProbe);
  const double key = std::max(0.0, Dot(normal, stage.key));
  const double fill = std::max(0.0, Dot(normal, stage.fill));
  const double sky = 0.5 + 0.5 * Dot(normal, stage.sky);
  const double diffuse = open * (0.20 + 0.22 * sky) + (0.35 + 0.65 * open) * (0.62 * key + 0.16 * fill);
  const double glint = 0.60 * Highlight(normal, Normalized(stage.key + to_eye), skin.sharpness) +
                       0.18 * Highlight(normal, Normalized(stage.fill + to_eye), skin.sharpness);
  const double rim = 1.0 - facing;
  const Vec3 albedo = skin.color * skin.color;
  const double shine = open * (skin.gloss * glint + 0.06 * skin.gloss * rim * rim * rim * rim);
  const Vec3 hairs = Mix(albedo, {1, 1, 1}, 0.3) * (skin.fuzz * rim * rim * open);
  return albedo * diffuse + Vec3{shine, shine, shine} + hairs;
}

struct Window {
  double x = 0, y = 0, half = 1;
};

// The smallest square about the fruit as seen, with a narrow margin.
Window Frame(const Fruit& fruit, const Stage& stage) {
  constexpr int kGrid = 48;
  const double bound = fruit.bound();
  const double cell = 2 * bound / kGrid;
  double left = bound, right = -bound, low = bound, high = -bound;
  for (int j = 0; j < kGrid; ++j) {
    for (int i = 0; i < kGrid; ++i) {
      const double x = (i + 0.5) * cell - bound, y = (j + 0.5) * cell - bound;
      const Vec3 origin = stage.right * x + stage.up * y - stage.forward * (2 * bound);
      if (Cast(fruit, origin, stage.forward) == kMiss) continue;
      left = std::min(left, x - cell / 2);
      right = std::max(right, x + cell / 2);
      low = std::min(low, y - cell / 2);
      high = std::max(high, y + cell / 2);
    }
  }
  if (right < left) return {0, 0, bound};
  return {(left + right) / 2, (low + high) / 2, 0.5 * 1.03 * std::max(right - left, high - low)};
}

std::uint8_t ToByte(double linear) {
  // A square root stands in for the display's gamma.
  return static_cast<std::uint8_t>(std::sqrt(Clamp01(linear)) * 255.0 + 0.5);
}

}  // namespace

std::vector<std::uint8_t> RenderPhoto(const Fruit& fruit, int size, const View& view) {
  const Stage stage = MakeStage(view);
  const Window window = Frame(fruit, stage);
  const double ray = 2 * window.half / (size * kRaysAcross);
  const double back = 2 * fruit.bound();
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(size) * static_cast<std::size_t>(size) * 3);
  double guess = kMiss;
  const auto look = [&](int row, int column, int down, int across) {
    const double x = window.x - window.half + (column * kRaysAcross + across + 0.5) * ray;
    const double y = window.y + window.half - (row * kRaysAcross + down + 0.5) * ray;
    const Vec3 origin = stage.right * x + stage.up * y - stage.forward * back;
    guess = Cast(fruit, origin, stage.forward, guess);
    return guess == kMiss ? Vec3{1, 1, 1} : Shade(fruit, stage, origin + stage.forward * guess);
  };
  for (int row = 0; row < size; ++row) {
    guess = kMiss;
    for (int column = 0; column < size; ++column) {
      Vec3 mean = look(row, column, 0, 0);
      const double first = guess;
      mean = (mean + look(row, column, 1, 1)) * 0.5;
      // An edge needs the other two as well.
      if (std::abs(guess - first) > 6 * ray) {
        Vec3 rest = look(row, column, 0, 1);  // in this order: each look leaves a guess to the next
        rest = rest + look(row, column, 1, 0);
        mean = (mean + rest * 0.5) * 0.5;
      }
      for (const double channel : {mean.x, mean.y, mean.z}) pixels.push_back(ToByte(channel));
    }
  }
  return pixels;
}

}  // namespace fruits::samples
