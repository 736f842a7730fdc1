// Vectors and the few functions that the renderer needs, of + - * / and sqrt alone: these are exactly rounded
// everywhere, so a picture has the same bits on every machine (compiled with -ffp-contract=off).
#pragma once

#include <algorithm>
#include <cmath>

namespace fruits::samples {

struct Vec3 {
  double x = 0, y = 0, z = 0;
};

inline Vec3 operator+(const Vec3& a, const Vec3& b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vec3 operator-(const Vec3& a, const Vec3& b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vec3 operator*(const Vec3& a, double s) { return {a.x * s, a.y * s, a.z * s}; }
inline Vec3 operator*(const Vec3& a, const Vec3& b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
inline double Dot(const Vec3& a, const Vec3& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline double Length(const Vec3& a) { return std::sqrt(Dot(a, a)); }
inline Vec3 Normalized(const Vec3& a) { return a * (1.0 / std::max(Length(a), 1e-12)); }
inline Vec3 Mix(const Vec3& a, const Vec3& b, double share) { return a + (b - a) * share; }

inline double Clamp01(double v) { return std::min(1.0, std::max(0.0, v)); }
// 0 below `from`, 1 above `to`, smooth between.
inline double SmoothStep(double from, double to, double v) {
  const double s = Clamp01((v - from) / (to - from));
  return s * s * (3.0 - 2.0 * s);
}
// A bell without exp: 1 at u = 0, 1/4 at 1, falling as u^-2.
inline double Bell(double u) { return 1.0 / ((1.0 + u) * (1.0 + u)); }
// Largest whole number not above v; |v| < 2^31.
inline int FloorInt(double v) {
  const int whole = static_cast<int>(v);
  return whole - (v < whole ? 1 : 0);
}

// sin(2 pi turns), Taylor to the 13th power on a quarter turn: within 1e-9.
inline double SinTurns(double turns) {
  double f = turns - FloorInt(turns + 0.5);  // [-1/2, 1/2)
  if (f > 0.25) f = 0.5 - f;
  if (f < -0.25) f = -0.5 - f;
  const double x = f * 6.283185307179586;
  const double s = x * x;
  double sum = 1.0 - s / 156.0;
  sum = 1.0 - s / 110.0 * sum;
  sum = 1.0 - s / 72.0 * sum;
  sum = 1.0 - s / 42.0 * sum;
  sum = 1.0 - s / 20.0 * sum;
  sum = 1.0 - s / 6.0 * sum;
  return x * sum;
}
inline double CosTurns(double turns) { return SinTurns(turns + 0.25); }

// cos(k a) from cos(a), by Chebyshev's recurrence.
inline double CosMultiple(double cosine, int k) {
  double before = 1.0, now = cosine;
  for (int i = 1; i < k; ++i) {
    const double next = 2.0 * cosine * now - before;
    before = now;
    now = next;
  }
  return k == 0 ? 1.0 : now;
}

}  // namespace fruits::samples
