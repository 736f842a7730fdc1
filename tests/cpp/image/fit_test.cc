#include "fruits/image/fit.h"

#include <gtest/gtest.h>

#include "image/made_images.h"

namespace fruits {
namespace {

Image Plain(int width, int height, std::uint8_t value) {
  Image image;
  image.Resize(width, height);
  std::fill(image.rgb.begin(), image.rgb.end(), value);
  return image;
}

std::vector<std::uint8_t> Fitted(const Image& image, Fit fit, int width, int height) {
  Resizer resizer;
  std::vector<std::uint8_t> out(static_cast<std::size_t>(3 * width * height), 7);
  EXPECT_TRUE(FitImage(image, fit, Filter::kBicubic, width, height, resizer, out));
  return out;
}

TEST(Fit, PadKeepsProportionsOnBlack) {
  const auto wide = Fitted(Plain(20, 10, 200), Fit::kPad, 8, 8);
  for (std::size_t y = 0; y < 8; ++y) EXPECT_EQ(wide[y * 24], y >= 2 && y < 6 ? 200 : 0) << "row " << y;
  const auto tall = Fitted(Plain(10, 20, 200), Fit::kPad, 8, 8);
  for (std::size_t x = 0; x < 8; ++x) EXPECT_EQ(tall[x * 3], x >= 2 && x < 6 ? 200 : 0) << "column " << x;
}

TEST(Fit, PadOfAThreadIsBlack) {
  EXPECT_EQ(Fitted(Plain(1, 4000, 200), Fit::kPad, 8, 8), std::vector<std::uint8_t>(192, 0));
}

TEST(Fit, CropTakesTheMiddle) {
  Image image = Plain(30, 10, 0);  // black, white, black
  for (int y = 0; y < 10; ++y) {
    for (int x = 10; x < 20; ++x) std::fill_n(image.rgb.begin() + 3 * (y * 30 + x), 3, std::uint8_t{255});
  }
  EXPECT_EQ(Fitted(image, Fit::kCrop, 10, 10), std::vector<std::uint8_t>(300, 255));
}

TEST(Fit, FullStretches) {
  EXPECT_EQ(Fitted(Plain(3, 50, 99), Fit::kFull, 20, 4), std::vector<std::uint8_t>(240, 99));
}

TEST(Fit, RefusesWrongOutputs) {
  Resizer resizer;
  std::vector<std::uint8_t> out(11);
  for (const Fit fit : {Fit::kFull, Fit::kCrop, Fit::kPad}) {
    EXPECT_EQ(FitImage(Plain(3, 3, 1), fit, Filter::kBox, 2, 2, resizer, out).error().code(),
              ErrorCode::kInvalidArgument);
    EXPECT_EQ(FitImage({}, fit, Filter::kBox, 2, 2, resizer, out).error().code(),
              ErrorCode::kInvalidArgument);
    EXPECT_EQ(FitImage(Plain(3, 3, 1), fit, Filter::kBox, -1, 2, resizer, out).error().code(),
              ErrorCode::kInvalidArgument);
  }
}

TEST(Fit, NamesAreReadBack) {
  for (const Fit fit : {Fit::kFull, Fit::kCrop, Fit::kPad}) EXPECT_EQ(ParseFit(ToString(fit)), fit);
  EXPECT_EQ(ParseFit("Full"), std::nullopt);
}

}  // namespace
}  // namespace fruits
