#include "fruits/image/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "image/made_images.h"
#include "test_data.h"

namespace fruits {
namespace {

using test::AsBytes;
using test::NoiseImage;
using test::PngFile;
using testing::HasSubstr;

Error Refused(const std::string& file, const DecodeOptions& options = {}) {
  Image image;
  const Status done = Decode(AsBytes(file), options, image);
  EXPECT_FALSE(done.has_value());
  return done ? Error(ErrorCode::kInternal, "taken") : done.error();
}

TEST(Decode, GivesThePixels) {
  const Image original = NoiseImage(31, 17);
  Image image;
  ASSERT_TRUE(Decode(AsBytes(PngFile(original)), {}, image));
  EXPECT_EQ(image.width, 31);
  EXPECT_EQ(image.height, 17);
  EXPECT_EQ(image.rgb, original.rgb);
}

TEST(Decode, TurnsThePictureUnlessToldNotTo) {
  const std::string file = PngFile(NoiseImage(5, 3), test::PngChunk("eXIf", test::ExifBlock(6)));
  Image image;
  ASSERT_TRUE(Decode(AsBytes(file), {}, image));
  EXPECT_EQ(image.width, 3);
  ASSERT_TRUE(Decode(AsBytes(file), {.exif_rotate = false}, image));
  EXPECT_EQ(image.width, 5);
  const auto header = ReadImageHeader(AsBytes(file));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->width, 5);
  EXPECT_EQ(header->height, 3);
}

TEST(Decode, SaysWhyNot) {
  EXPECT_EQ(Refused("").message(), "empty file");
  EXPECT_EQ(Refused("GIF89a etc").message(), "not a JPEG, PNG or WebP image (it starts with 'GIF89a e')");
  EXPECT_EQ(Refused("x").message(), "not a JPEG, PNG or WebP image (it starts with 'x')");
  const std::string file = PngFile(NoiseImage(31, 17));
  EXPECT_THAT(Refused(file.substr(0, file.size() / 2)).message(), HasSubstr("truncated PNG: "));
  EXPECT_THAT(Refused("\xff\xd8\xff\xe0").message(), HasSubstr("truncated JPEG: "));
  EXPECT_THAT(Refused(std::string("RIFF\0\1\0\0WEBPVP8 ", 16)).message(), HasSubstr("truncated WebP: "));
  EXPECT_EQ(Refused("").code(), ErrorCode::kCorrupt);
}

TEST(Decode, RefusesTooManyPixels) {
  const std::string file = PngFile(NoiseImage(31, 17));
  const Error error = Refused(file, {.max_pixels = 526});
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message(), "image is 31 x 17 pixels, above the limit of 526 (--max-pixels)");
  Image image;
  EXPECT_TRUE(Decode(AsBytes(file), {.max_pixels = 527}, image));
}

TEST(Decode, ASizeBeyondAllMemoryIsAnError) {
  const std::string header = std::string("\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\0\0\0", 13);
  const std::string file =
      std::string("\x89PNG\r\n\x1a\n") + test::PngChunk("IHDR", header) + test::PngChunk("IDAT", "");
  const Error error = Refused(file, {.max_pixels = UINT64_MAX});
  EXPECT_EQ(error.code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(error.message(), HasSubstr("not enough memory"));
}

TEST(Decode, ReusesItsMemoryButNotALargePictures) {
  Image image;
  ASSERT_TRUE(Decode(AsBytes(PngFile(NoiseImage(40, 40))), {}, image));
  const std::uint8_t* before = image.rgb.data();
  ASSERT_TRUE(Decode(AsBytes(PngFile(NoiseImage(20, 20))), {}, image));
  EXPECT_EQ(image.rgb.data(), before);
  image.Resize(5000, 5000);
  ASSERT_TRUE(Decode(AsBytes(PngFile(NoiseImage(20, 20))), {}, image));
  EXPECT_LT(image.rgb.capacity(), 10'000u);
}

TEST(Decode, LargePicturesInSeveralThreads) {
  Image large;
  large.Resize(4100, 4000);
  const std::string file = PngFile(large);
  std::vector<std::thread> threads;
  std::vector<int> widths(3);
  for (int& width : widths) {
    threads.emplace_back([&] {
      Image image;
      if (Decode(AsBytes(file), {}, image)) width = image.width;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(widths, testing::Each(4100));
}

TEST(Decode, RealPhotosAreOneHundredSquare) {
  FRUITS_REQUIRE_DATA(dir);
  int photos = 0;
  Image image;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir / "golden/photos")) {
    if (entry.path().extension() != ".jpg") continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    ASSERT_TRUE(Decode(AsBytes(file), {}, image)) << entry.path();
    EXPECT_EQ(image.width, 100);
    EXPECT_EQ(image.height, 100);
    ++photos;
  }
  EXPECT_GT(photos, 0);
}

}  // namespace
}  // namespace fruits
