// Any bytes as an EXIF block and as XMP.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "fruits/image/exif.h"
#include "image/orientation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int exif = fruits::ExifOrientation(std::as_bytes(std::span(data, size)));
  const int xmp = fruits::detail::XmpOrientation({reinterpret_cast<const char*>(data), size});
  if (exif < 1 || exif > 8 || xmp < 1 || xmp > 8) std::abort();

  fruits::Image image;
  image.Resize(3, 2);
  fruits::ApplyOrientation(exif, image);
  if (image.rgb.size() != 18 || image.width * image.height != 6) std::abort();
  return 0;
}
