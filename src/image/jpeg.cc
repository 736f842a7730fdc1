// JPEG pixels by libjpeg-turbo with its defaults (accurate integer DCT, smooth upsampling).
//
// The data source never supplies more than the file: where libjpeg needs more it suspends, and that is how
// truncation is seen, exactly as in Pillow. libjpeg reports errors through longjmp, so the functions that
// call it (those that take a Session&) hold no object with a destructor.
#include <fmt/format.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <memory>
#include <vector>

// clang-format off: needs the standard headers before it
#include <jpeglib.h>
// clang-format on

#include "fruits/core/try.h"
#include "image/formats.h"

namespace fruits::detail {
namespace {

enum class Step { kDone, kNeedsMore, kFailed };

struct Session {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_source_mgr source{};
  std::jmp_buf jump{};
  char message[JMSG_LENGTH_MAX] = "";
  bool created = false;
  JDIMENSION rows_done = 0;

  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    if (created) jpeg_destroy_decompress(&jpeg);
  }
};

void OnError(j_common_ptr jpeg) {
  auto& session = *static_cast<Session*>(jpeg->client_data);
  jpeg->err->format_message(jpeg, session.message);
  std::longjmp(session.jump, 1);
}

void OnMessage(j_common_ptr) {}
void OnSource(j_decompress_ptr) {}
boolean OnEmpty(j_decompress_ptr) { return FALSE; }

void OnSkip(j_decompress_ptr jpeg, long count) {
  if (count <= 0) return;
  const std::size_t step = std::min(static_cast<std::size_t>(count), jpeg->src->bytes_in_buffer);
  jpeg->src->next_input_byte += step;
  jpeg->src->bytes_in_buffer -= step;
}

void SetUp(Session& session, Bytes file) {
  session.jpeg.err = jpeg_std_error(&session.errors);
  session.errors.error_exit = OnError;
  session.errors.output_message = OnMessage;
  session.jpeg.client_data = &session;
  session.source.next_input_byte = AsOctets(file);
  session.source.bytes_in_buffer = file.size();
  session.source.init_source = OnSource;
  session.source.fill_input_buffer = OnEmpty;
  session.source.skip_input_data = OnSkip;
  session.source.resync_to_restart = jpeg_resync_to_restart;
  session.source.term_source = OnSource;
}

// Up to the point where rows can be read. A file of several scans is decoded whole here.
Step Start(Session& session, J_COLOR_SPACE colors) {
  if (setjmp(session.jump) != 0) return Step::kFailed;
  jpeg_create_decompress(&session.jpeg);
  session.created = true;
  session.jpeg.client_data = &session;
  session.jpeg.src = &session.source;
  int header = JPEG_HEADER_TABLES_ONLY;
  while (header == JPEG_HEADER_TABLES_ONLY) header = jpeg_read_header(&session.jpeg, FALSE);
  if (header == JPEG_SUSPENDED) return Step::kNeedsMore;
  session.jpeg.out_color_space = colors;
  return jpeg_start_decompress(&session.jpeg) ? Step::kDone : Step::kNeedsMore;
}

Step ReadRow(Session& session, std::uint8_t* row) {
  if (setjmp(session.jump) != 0) return Step::kFailed;
  JSAMPROW rows[] = {row};
  if (jpeg_read_scanlines(&session.jpeg, rows, 1) != 1) return Step::kNeedsMore;
  ++session.rows_done;
  return Step::kDone;
}

// `rows` rows, each `stride` bytes after the one before.
Step ReadRows(Session& session, std::uint8_t* out, std::size_t stride, JDIMENSION rows) {
  if (setjmp(session.jump) != 0) return Step::kFailed;
  while (session.rows_done < rows) {
    JSAMPROW row[] = {out + session.rows_done * stride};
    if (jpeg_read_scanlines(&session.jpeg, row, 1) != 1) return Step::kNeedsMore;
    ++session.rows_done;
  }
  return Step::kDone;
}

// Errors between the last row and the end of the image count; a missing end does not.
Step Finish(Session& session) {
  if (setjmp(session.jump) != 0) return Step::kFailed;
  jpeg_finish_decompress(&session.jpeg);
  return Step::kDone;
}

void GrayToRgb(const std::uint8_t* gray, int width, std::uint8_t* rgb) {
  for (int x = 0; x < width; ++x, rgb += 3) rgb[0] = rgb[1] = rgb[2] = gray[x];
}

// Pillow takes the four inks as inverted (Adobe's way), and turns CMYK to RGB by (255 - K) * (255 - C) / 255,
// with the division rounded by its MULDIV255. On inverted inks that is k - round(k * (255 - c) / 255).
void InkToRgb(const std::uint8_t* ink, int width, std::uint8_t* rgb) {
  for (int x = 0; x < width; ++x, ink += 4, rgb += 3) {
    const int black = ink[3];
    for (int i = 0; i < 3; ++i) {
      const int product = (255 - ink[i]) * black + 128;
      rgb[i] = static_cast<std::uint8_t>(black - (((product >> 8) + product) >> 8));
    }
  }
}

std::unexpected<Error> Broken(const Session& session) {
  return Fail(ErrorCode::kCorrupt, fmt::format("broken JPEG: {}", session.message));
}

Status ReadPixels(Session& session, const JpegFacts& facts, Image& image) {
  const auto width = static_cast<std::size_t>(facts.width);
  const auto rows = static_cast<JDIMENSION>(facts.height);
  Step step = Step::kDone;
  if (facts.components == 3) {
    step = ReadRows(session, image.rgb.data(), 3 * width, rows);
  } else {
    std::vector<std::uint8_t> row(width * static_cast<std::size_t>(facts.components));
    while (session.rows_done < rows) {
      std::uint8_t* to = image.rgb.data() + session.rows_done * 3 * width;
      step = ReadRow(session, row.data());
      if (step != Step::kDone) break;
      facts.components == 1 ? GrayToRgb(row.data(), facts.width, to) : InkToRgb(row.data(), facts.width, to);
    }
  }
  if (step == Step::kDone) step = Finish(session);
  if (step == Step::kFailed) return Broken(session);
  if (step == Step::kNeedsMore) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("truncated JPEG: the file ends after {} of {} rows of pixels", session.rows_done,
                            facts.height));
  }
  return {};
}

}  // namespace

Status DecodeJpeg(Bytes file, const JpegFacts& facts, Image& image) {
  Session session;
  SetUp(session, file);
  const J_COLOR_SPACE colors = facts.components == 1   ? JCS_GRAYSCALE
                               : facts.components == 3 ? JCS_RGB
                                                       : JCS_CMYK;
  switch (Start(session, colors)) {
    case Step::kFailed:
      return Broken(session);
    case Step::kNeedsMore:
      return Fail(ErrorCode::kCorrupt, "truncated JPEG: the file ends before its pixels are complete");
    case Step::kDone:
      break;
  }
  if (session.jpeg.output_width != static_cast<JDIMENSION>(facts.width) ||
      session.jpeg.output_components != facts.components) {
    return Fail(ErrorCode::kCorrupt, "broken JPEG: its frame headers contradict each other");
  }
  image.Resize(facts.width, facts.height);
  return ReadPixels(session, facts, image);
}

}  // namespace fruits::detail
