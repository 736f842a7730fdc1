// Value noise in space: random values at whole coordinates, smoothly blended between. Threads: any; no state.
#pragma once

#include <cstdint>

#include "samples/vec3.h"

namespace fruits::samples {

// Scrambles a number; the only source of chance here.
std::uint32_t Scramble(std::uint32_t v);
// In [0, 1).
double RandomUnit(std::uint32_t seed, std::uint32_t index);
// In [0, 1), mean 1/2, features of size 1; |coordinates| < 2^30.
double Noise(const Vec3& p, std::uint32_t seed);
// `octaves` of it, each of half the size and half the weight; in [0, 1).
double Fractal(const Vec3& p, int octaves, std::uint32_t seed);

}  // namespace fruits::samples
