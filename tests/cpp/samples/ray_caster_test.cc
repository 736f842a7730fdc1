#include "samples/ray_caster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "fruits/core/sha256.h"

namespace fruits::samples {
namespace {

constexpr int kSize = 100;

bool IsWhite(const std::vector<std::uint8_t>& pixels, int row, int column) {
  const auto at = static_cast<std::size_t>(row * kSize + column) * 3;
  return pixels[at] == 255 && pixels[at + 1] == 255 && pixels[at + 2] == 255;
}

// As in Fruits-360: one fruit on white that fills the picture from side to side or from top to bottom.
TEST(RayCaster, EveryKindFillsThePicture) {
  for (const FruitKind& kind : FruitKinds()) {
    const auto fruit = kind.make(5);
    for (const double lean : {0.02, 0.2}) {
      const auto pixels = RenderPhoto(*fruit, kSize, {.turn = 0.3, .lean = lean, .elevation = 0.03});
      ASSERT_EQ(pixels.size(), static_cast<std::size_t>(kSize * kSize * 3));
      int left = kSize, right = 0, top = kSize, bottom = 0, filled = 0;
      for (int row = 0; row < kSize; ++row) {
        for (int column = 0; column < kSize; ++column) {
          if (IsWhite(pixels, row, column)) continue;
          ++filled;
          left = std::min(left, column);
          right = std::max(right, column);
          top = std::min(top, row);
          bottom = std::max(bottom, row);
        }
      }
      EXPECT_GE(std::max(right - left, bottom - top), 88) << kind.name;
      EXPECT_GE(filled, 1500) << kind.name;
      EXPECT_LE(filled, 8500) << kind.name;
      for (const int row : {0, kSize - 1}) {
        for (const int column : {0, kSize - 1}) EXPECT_TRUE(IsWhite(pixels, row, column)) << kind.name;
      }
    }
  }
}

TEST(RayCaster, KindsLookDifferent) {
  std::vector<std::vector<std::uint8_t>> pictures;
  for (const FruitKind& kind : FruitKinds())
    pictures.push_back(RenderPhoto(*kind.make(5), kSize, {.turn = 0.3}));
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    for (std::size_t k = i + 1; k < pictures.size(); ++k) {
      double sum = 0;
      for (std::size_t p = 0; p < pictures[i].size(); ++p) sum += std::abs(pictures[i][p] - pictures[k][p]);
      EXPECT_GT(sum / static_cast<double>(pictures[i].size()), 4)
          << FruitKinds()[i].name << ", " << FruitKinds()[k].name;
    }
  }
}

TEST(RayCaster, ATurnComesBack) {
  const auto fruit = FruitKinds()[0].make(5);
  const auto start = RenderPhoto(*fruit, kSize, {.turn = 0.25, .lean = 0.1});
  EXPECT_EQ(start, RenderPhoto(*fruit, kSize, {.turn = 1.25, .lean = 0.1}));
  EXPECT_NE(start, RenderPhoto(*fruit, kSize, {.turn = 0.30, .lean = 0.1}));
}

// The pixels themselves are fixed: another compiler or machine must not change them.
TEST(RayCaster, SameBitsEverywhere) {
  Sha256 hash;
  for (const FruitKind& kind : FruitKinds()) {
    const auto pixels = RenderPhoto(*kind.make(1), 48, {.turn = 0.7, .lean = 0.15, .elevation = 0.03});
    hash.Update(std::as_bytes(std::span(pixels)));
  }
  EXPECT_EQ(ToHex(hash.Finish()), "745b4307b57aa2f2ce7fc9433a7995f96c368fc5a70f5d7cb1505180d5948140");
}

TEST(ExactMath, SineIsClose) {
  for (int i = -4000; i <= 4000; ++i) {
    const double turns = i / 1000.0;
    EXPECT_NEAR(SinTurns(turns), std::sin(turns * 6.283185307179586), 1e-9) << turns;
    EXPECT_NEAR(CosTurns(turns), std::cos(turns * 6.283185307179586), 1e-9) << turns;
  }
  EXPECT_NEAR(CosMultiple(std::cos(0.7), 5), std::cos(3.5), 1e-12);
  EXPECT_EQ(CosMultiple(0.3, 0), 1);
}

}  // namespace
}  // namespace fruits::samples
