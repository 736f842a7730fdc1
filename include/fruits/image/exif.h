// EXIF orientation and what it does to pixels (JEITA CP-3451, tag 0x0112).
// Threads: any. Never reads outside its input and never fails: broken data means orientation 1.
#pragma once

#include <cstddef>
#include <span>

#include "fruits/image/image.h"

namespace fruits {

// `tiff` starts at the TIFF header ("II*\0" or "MM\0*"); "Exif\0\0" before it is skipped. Returns 1..8.
int ExifOrientation(std::span<const std::byte> tiff);

// Turns the picture upright as Pillow's ImageOps.exif_transpose does. 1 and unknown values change nothing.
// 5 to 8 exchange width and height and need the picture's memory twice.
void ApplyOrientation(int orientation, Image& image);

}  // namespace fruits
