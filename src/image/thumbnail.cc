#include "fruits/image/thumbnail.h"

#include <fmt/format.h>
#include <webp/encode.h>

#include <algorithm>
#include <cmath>

#include "fruits/core/try.h"
#include "fruits/image/resize.h"

namespace fruits {
namespace {

constexpr float kQualities[] = {55, 30, 10, 0};  // the first that fits is taken
constexpr int kSmallestSide = 4;

int AppendTo(const std::uint8_t* data, std::size_t size, const WebPPicture* picture) {
  static_cast<std::string*>(picture->custom_ptr)->append(reinterpret_cast<const char*>(data), size);
  return 1;
}

Status Encode(const Image& small, float quality, std::string& file) {
  WebPConfig config;
  WebPPicture picture;
  if (!WebPConfigInit(&config) || !WebPPictureInit(&picture)) {
    return Fail(ErrorCode::kInternal, "libwebp is of another version than its headers");
  }
  config.method = 0;  // the fastest
  config.quality = quality;
  config.segments = 1;
  picture.width = small.width;
  picture.height = small.height;
  file.clear();
  picture.writer = AppendTo;
  picture.custom_ptr = &file;
  const bool done = WebPPictureImportRGB(&picture, small.rgb.data(), 3 * small.width) != 0 &&
                    WebPEncode(&config, &picture) != 0;
  const int code = picture.error_code;
  WebPPictureFree(&picture);
  if (!done)
    return Fail(ErrorCode::kInternal,
                fmt::format("libwebp could not write a thumbnail (its error {})", code));
  return {};
}

int Scaled(int side, int longer, int target) {
  return std::clamp(static_cast<int>(std::lround(static_cast<double>(side) * target / longer)), 1, target);
}

}  // namespace

struct Thumbnailer::Impl {
  Resizer resizer;
  Image small;
  std::string file;

  Status Shrink(const Image& photo, int target) {
    const int longer = std::max(photo.width, photo.height);
    const int side = std::min(longer, target);
    small.Resize(Scaled(photo.width, longer, side), Scaled(photo.height, longer, side));
    return resizer.Resize(photo, Filter::kBox, small.width, small.height, small.rgb);
  }
};

Thumbnailer::Thumbnailer() : impl_(std::make_unique<Impl>()) {}
Thumbnailer::~Thumbnailer() = default;
Thumbnailer::Thumbnailer(Thumbnailer&&) noexcept = default;
Thumbnailer& Thumbnailer::operator=(Thumbnailer&&) noexcept = default;

Result<std::string> Thumbnailer::Make(const Image& photo) {
  for (int side = kThumbnailSide; side >= kSmallestSide; side = side * 3 / 4) {
    FRUITS_CHECK(impl_->Shrink(photo, side));
    for (const float quality : kQualities) {
      FRUITS_CHECK(Encode(impl_->small, quality, impl_->file));
      if (impl_->file.size() <= kThumbnailMaxBytes) return impl_->file;
    }
  }
  return Fail(ErrorCode::kInternal,
              fmt::format("no thumbnail of at most {} bytes found", kThumbnailMaxBytes));
}

}  // namespace fruits
