// A JPEG of a kind that Pillow cannot write, from raw RGB on standard input, to standard output.
//
//   fruits_make_jpeg WIDTH HEIGHT H V [arithmetic] [progressive] [restart]      H V: sampling of the
//   luma, 1..4

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

// clang-format off: needs the standard headers before it
#include <jpeglib.h>
// clang-format on

namespace {

void Write(const std::vector<std::string>& arguments, std::string& rgb) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);  // ends the program on an error: enough for a tool
  jpeg_create_compress(&jpeg);
  jpeg_stdio_dest(&jpeg, stdout);
  jpeg.image_width = static_cast<JDIMENSION>(std::atoi(arguments[0].c_str()));
  jpeg.image_height = static_cast<JDIMENSION>(std::atoi(arguments[1].c_str()));
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 80, TRUE);
  jpeg.comp_info[0].h_samp_factor = std::atoi(arguments[2].c_str());
  jpeg.comp_info[0].v_samp_factor = std::atoi(arguments[3].c_str());
  for (std::size_t i = 4; i < arguments.size(); ++i) {
    if (arguments[i] == "arithmetic") jpeg.arith_code = TRUE;
    if (arguments[i] == "progressive") jpeg_simple_progression(&jpeg);
    if (arguments[i] == "restart") jpeg.restart_interval = 3;
  }
  rgb.resize(std::size_t{3} * jpeg.image_width * jpeg.image_height);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row[] = {reinterpret_cast<JSAMPLE*>(rgb.data()) +
                      std::size_t{3} * jpeg.next_scanline * jpeg.image_width};
    jpeg_write_scanlines(&jpeg, row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  std::string rgb{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  Write({argv + 1, argv + argc}, rgb);
  return 0;
}
