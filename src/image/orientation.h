// Which way up a picture is, by the rules of Pillow 13's Image.getexif(): EXIF first; XMP's tiff:Orientation
// where EXIF is absent or does not say; nothing where EXIF is broken. Threads: any. Never reads outside its
// input.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fruits::detail {

struct ExifAnswer {
  bool readable = false;  // a TIFF header was there
  bool present = false;   // it has the tag, with whatever value
  int orientation = 1;    // 1..8; 1 unless the tag says otherwise
};
// `exif` may begin with "Exif\0\0", also twice.
ExifAnswer ReadExifOrientation(std::span<const std::byte> exif);

int XmpOrientation(std::string_view xmp);  // 1..8

// What a file's blocks say together; 1..8.
int Orientation(const std::optional<std::string>& exif, const std::optional<std::string>& xmp);

}  // namespace fruits::detail
