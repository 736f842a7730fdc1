#include "samples/noise.h"

namespace fruits::samples {
namespace {

double ToUnit(std::uint32_t bits) { return static_cast<double>(bits >> 8) * (1.0 / 16777216.0); }

double Blend(double a, double b, double share) { return a + (b - a) * share; }

}  // namespace

std::uint32_t Scramble(std::uint32_t v) {
  v ^= v >> 16;
  v *= 0x7feb352dU;
  v ^= v >> 15;
  v *= 0x846ca68bU;
  v ^= v >> 16;
  return v;
}

double RandomUnit(std::uint32_t seed, std::uint32_t index) {
  return ToUnit(Scramble(Scramble(seed) + index * 0x9e3779b9U));
}

double Noise(const Vec3& p, std::uint32_t seed) {
  const int ix = FloorInt(p.x), iy = FloorInt(p.y), iz = FloorInt(p.z);
  const double fx = p.x - ix, fy = p.y - iy, fz = p.z - iz;
  const double sx = fx * fx * (3 - 2 * fx), sy = fy * fy * (3 - 2 * fy), sz = fz * fz * (3 - 2 * fz);
  // Unsigned products wrap, so neighbours differ by a constant.
  constexpr std::uint32_t kX = 0x8da6b343U, kY = 0xd8163841U, kZ = 0xcb1ab31fU;
  const std::uint32_t h = seed + static_cast<std::uint32_t>(ix) * kX + static_cast<std::uint32_t>(iy) * kY +
                          static_cast<std::uint32_t>(iz) * kZ;
  const auto corner = [](std::uint32_t v) { return ToUnit(Scramble(v)); };
  const double y0z0 = Blend(corner(h), corner(h + kX), sx);
  const double y1z0 = Blend(corner(h + kY), corner(h + kX + kY), sx);
  const double y0z1 = Blend(corner(h + kZ), corner(h + kX + kZ), sx);
  const double y1z1 = Blend(corner(h + kY + kZ), corner(h + kX + kY + kZ), sx);
  return Blend(Blend(y0z0, y1z0, sy), Blend(y0z1, y1z1, sy), sz);
}

double Fractal(const Vec3& p, int octaves, std::uint32_t seed) {
  double sum = 0, weight = 1, weights = 0;
  Vec3 q = p;
  for (int i = 0; i < octaves; ++i) {
    sum += weight * Noise(q, seed + static_cast<std::uint32_t>(i) * 0x51ed270bU);
    weights += weight;
    weight *= 0.5;
    q = q * 2.0 + Vec3{0.37, 0.71, 0.13};
  }
  return sum / weights;
}

}  // namespace fruits::samples
