// A small WebP of a photo, for maps and pages: the longer side at most 48 pixels, at most 900 bytes.
//
//   Thumbnailer thumbnailer;                      // one per thread
//   FRUITS_TRY(std::string webp, thumbnailer.Make(photo));
//
// Shrunk by averaging (the box filter); the quality, then the size, goes down until the bytes suffice. About
// 0.14 ms for a photo of 100 x 100. Threads: one Thumbnailer per thread. Memory: a Resizer's, and below 1 MB
// for the encoder.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "fruits/core/error.h"
#include "fruits/image/image.h"

namespace fruits {

inline constexpr int kThumbnailSide = 48;
inline constexpr std::size_t kThumbnailMaxBytes = 900;

class Thumbnailer {
 public:
  Thumbnailer();
  ~Thumbnailer();
  Thumbnailer(Thumbnailer&&) noexcept;
  Thumbnailer& operator=(Thumbnailer&&) noexcept;
  // The WebP file's bytes, the same for the same photo. kInvalidArgument: an empty photo; kInternal: the
  // encoder failed.
  Result<std::string> Make(const Image& photo);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fruits
