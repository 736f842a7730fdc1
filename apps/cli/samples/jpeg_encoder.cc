#include "samples/jpeg_encoder.h"

#include <jpeglib.h>  // needs <cstdio> before it

#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>

namespace fruits::samples {
namespace {

constexpr int kQuality = 90;

struct ErrorTrap {
  jpeg_error_mgr manager;  // first, so that the library's pointer is ours
  std::jmp_buf back;
  std::array<char, JMSG_LENGTH_MAX> message;
};

void Trap(j_common_ptr state) {
  auto* trap = reinterpret_cast<ErrorTrap*>(state->err);
  state->err->format_message(state, trap->message.data());
  std::longjmp(trap->back, 1);
}

void Silent(j_common_ptr) {}

// Nothing with a destructor lives across the jump. False: trap.message says why. *bytes is freed by the
// caller.
bool Compress(const std::uint8_t* pixels, int width, int height, unsigned char** bytes, unsigned long* size,
              ErrorTrap* trap) {
  jpeg_compress_struct state{};
  state.err = jpeg_std_error(&trap->manager);
  trap->manager.error_exit = Trap;
  trap->manager.output_message = Silent;
  if (setjmp(trap->back)) {
    jpeg_destroy_compress(&state);
    return false;
  }
  jpeg_create_compress(&state);
  jpeg_mem_dest(&state, bytes, size);
  state.image_width = static_cast<JDIMENSION>(width);
  state.image_height = static_cast<JDIMENSION>(height);
  state.input_components = 3;
  state.in_color_space = JCS_RGB;
  jpeg_set_defaults(&state);
  jpeg_set_quality(&state, kQuality, TRUE);
  state.dct_method = JDCT_ISLOW;
  state.optimize_coding = TRUE;
  jpeg_start_compress(&state, TRUE);
  while (state.next_scanline < state.image_height) {
    auto* row = const_cast<JSAMPROW>(pixels + static_cast<std::size_t>(state.next_scanline) *
                                                  static_cast<std::size_t>(width) * 3);
    jpeg_write_scanlines(&state, &row, 1);
  }
  jpeg_finish_compress(&state);
  jpeg_destroy_compress(&state);
  return true;
}

}  // namespace

Result<std::string> EncodeJpeg(std::span<const std::uint8_t> pixels, int width, int height) {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  ErrorTrap trap{};
  const bool done = Compress(pixels.data(), width, height, &bytes, &size, &trap);
  std::string jpeg;
  if (done) jpeg.assign(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  if (!done)
    return Fail(ErrorCode::kInternal, std::string("libjpeg cannot write the photo: ") + trap.message.data());
  return jpeg;
}

}  // namespace fruits::samples
