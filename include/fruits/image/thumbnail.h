// A small WebP of a photo, for maps and pages: the longer side at most 48 pixels, at most 900 bytes.
// Threads: one Thumbnailer per thread. Memory: fixed, below 1 MB.
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
  // The WebP file's bytes; deterministic. kInternal: the encoder failed.
  Result<std::string> Make(const Image& photo);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fruits
