#include "fruits/image/thumbnail.h"

#include <gtest/gtest.h>

#include "fruits/image/decode.h"
#include "image/made_images.h"

namespace fruits {
namespace {

using test::NoiseImage;

Image MadeAndRead(Thumbnailer& thumbnailer, const Image& photo) {
  const auto file = thumbnailer.Make(photo);
  EXPECT_TRUE(file.has_value());
  Image small;
  if (!file) return small;
  EXPECT_LE(file->size(), kThumbnailMaxBytes);
  EXPECT_TRUE(Decode(test::AsBytes(*file), {}, small));
  return small;
}

TEST(Thumbnail, KeepsColourAndProportions) {
  Image photo;
  photo.Resize(200, 100);
  for (std::size_t i = 0; i < photo.rgb.size(); i += 3) photo.rgb[i] = 220;  // red
  Thumbnailer thumbnailer;
  const Image small = MadeAndRead(thumbnailer, photo);
  EXPECT_EQ(small.width, 48);
  EXPECT_EQ(small.height, 24);
  EXPECT_NEAR(small.rgb[0], 220, 6);
  EXPECT_NEAR(small.rgb[1], 0, 6);
}

TEST(Thumbnail, NoiseFitsToo) {
  Thumbnailer thumbnailer;
  const Image small = MadeAndRead(thumbnailer, NoiseImage(48, 48));
  EXPECT_GE(small.width, 8);
}

TEST(Thumbnail, ExtremeShapes) {
  Thumbnailer thumbnailer;
  EXPECT_EQ(MadeAndRead(thumbnailer, NoiseImage(1, 1)).width, 1);
  EXPECT_EQ(MadeAndRead(thumbnailer, NoiseImage(3000, 1)).width, 48);
  EXPECT_EQ(MadeAndRead(thumbnailer, NoiseImage(2, 3000)).height, 48);
  EXPECT_EQ(MadeAndRead(thumbnailer, NoiseImage(30, 20)).width, 30);  // small ones stay
}

TEST(Thumbnail, TheSameBytesEveryTime) {
  Thumbnailer first, second;
  const Image photo = NoiseImage(100, 100);
  const auto a = first.Make(photo);
  ASSERT_TRUE(first.Make(NoiseImage(77, 10)));
  const auto b = first.Make(photo), c = second.Make(photo);
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(*a, *b);
  EXPECT_EQ(*a, *c);
}

TEST(Thumbnail, RefusesNothing) {
  Thumbnailer thumbnailer;
  EXPECT_FALSE(thumbnailer.Make({}));
}

}  // namespace
}  // namespace fruits
