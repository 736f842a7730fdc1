// Pixels to a JPEG of quality 90, chroma halved both ways, the exact integer transform: the same bytes
// everywhere. Threads: any. Memory: the JPEG.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "fruits/core/error.h"

namespace fruits::samples {

// pixels: width * height * 3 bytes of R, G, B. kResourceExhausted: no memory; kInternal: the library's own
// words.
Result<std::string> EncodeJpeg(std::span<const std::uint8_t> pixels, int width, int height);

}  // namespace fruits::samples
