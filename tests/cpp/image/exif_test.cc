#include "fruits/image/exif.h"

#include <gtest/gtest.h>

#include "image/made_images.h"
#include "image/orientation.h"

namespace fruits {
namespace {

using test::AsBytes;
using test::ExifBlock;

TEST(Exif, ReadsTheTag) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    EXPECT_EQ(ExifOrientation(AsBytes(ExifBlock(orientation))), orientation);
  }
}

TEST(Exif, WhatIsBrokenIsUpright) {
  EXPECT_EQ(ExifOrientation({}), 1);
  EXPECT_EQ(ExifOrientation(AsBytes("nonsense")), 1);
  EXPECT_EQ(ExifOrientation(AsBytes(ExifBlock(0))), 1);
  EXPECT_EQ(ExifOrientation(AsBytes(ExifBlock(9))), 1);
  const std::string block = ExifBlock(6);
  for (std::size_t size = 0; size < 22; ++size)
    EXPECT_EQ(ExifOrientation(AsBytes(block.substr(0, size))), 1) << size;
}

TEST(Exif, XmpCountsOnlyWhereExifIsSilent) {
  const std::string xmp = "<a tiff:Orientation=\"8\"/>";
  EXPECT_EQ(detail::Orientation(std::nullopt, xmp), 8);
  EXPECT_EQ(detail::Orientation(ExifBlock(3), xmp), 3);
  EXPECT_EQ(detail::Orientation(std::string("nonsense in here"), xmp), 1);
  EXPECT_EQ(detail::Orientation(std::nullopt, std::nullopt), 1);
}

// 3 x 2 pixels, named a b c / d e f.
std::string Turned(int orientation) {
  Image image;
  image.Resize(3, 2);
  for (std::size_t i = 0; i < 18; ++i) image.rgb[i] = static_cast<std::uint8_t>('a' + i / 3);
  ApplyOrientation(orientation, image);
  std::string names;
  for (int y = 0; y < image.height; ++y) {
    if (y > 0) names += '/';
    for (int x = 0; x < image.width; ++x)
      names += static_cast<char>(image.rgb[static_cast<std::size_t>(3 * (y * image.width + x))]);
  }
  return names;
}

TEST(ApplyOrientation, StandsThePictureUpright) {
  const char* expected[] = {"abc/def",  "abc/def",  "cba/fed",  "fed/cba",  "def/abc",
                            "ad/be/cf", "da/eb/fc", "fc/eb/da", "cf/be/ad", "abc/def"};
  for (int orientation = 0; orientation <= 9; ++orientation)
    EXPECT_EQ(Turned(orientation), expected[orientation]) << orientation;
}

TEST(ApplyOrientation, LeavesNothingAlone) {
  Image image;
  ApplyOrientation(6, image);
  EXPECT_EQ(image.width, 0);
}

}  // namespace
}  // namespace fruits
