// PNG pixels, by zlib.
//
// Written here rather than taken from a PNG library, because what is a good file must be decided as Pillow 13
// decides it (PngImagePlugin.py, ZipDecode.c): checksums count before the pixels but not in and after them,
// the end chunk and the end of the compressed stream may be missing once every row is there, and a stream
// that stops early at the end of a row leaves the rest at zero. PNG libraries differ from that and from each
// other. Formats: ISO/IEC 15948.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "fruits/core/try.h"
#include "image/png_chunks.h"
#include "image/png_rows.h"

namespace fruits::detail {
namespace {

std::unexpected<Error> Broken(std::string what) {
  return Fail(ErrorCode::kCorrupt, "broken PNG: " + std::move(what));
}
std::unexpected<Error> Truncated(std::string what) {
  return Fail(ErrorCode::kCorrupt, "truncated PNG: " + std::move(what));
}

// Shorter than this, these chunks make Pillow refuse the file.
struct ChunkMinimum {
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array<ChunkMinimum, 7> kMinima = {
    {{"IHDR", 13}, {"gAMA", 4}, {"cHRM", 32}, {"sRGB", 1}, {"pHYs", 9}, {"acTL", 8}, {"fcTL", 26}}};

Status CheckChunk(const Chunk& chunk) {
  if (!chunk.complete) return Truncated(fmt::format("the file ends inside its chunk {}", chunk.name));
  for (const ChunkMinimum& minimum : kMinima) {
    if (chunk.name == minimum.name && chunk.data.size() < minimum.bytes) {
      return Broken(fmt::format("its chunk {} has {} bytes; at least {} expected", chunk.name,
                                chunk.data.size(), minimum.bytes));
    }
  }
  return {};
}

bool IsKnownForm(int bits, int color_type) {
  switch (color_type) {
    case 0:
      return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
    case 3:
      return bits == 1 || bits == 2 || bits == 4 || bits == 8;
    case 2:
    case 4:
    case 6:
      return bits == 8 || bits == 16;
    default:
      return false;
  }
}

Status ReadHeader(Bytes data, PngFacts& facts) {
  const std::uint32_t width = BigEndian32(data, 0), height = BigEndian32(data, 4);
  facts.bits = std::to_integer<int>(data[8]);
  facts.color_type = std::to_integer<int>(data[9]);
  facts.interlaced = data[12] != std::byte{0};
  if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX) {
    return Broken(fmt::format("it says that it is {} x {} pixels", width, height));
  }
  if (!IsKnownForm(facts.bits, facts.color_type)) {
    return Broken(fmt::format("no such form as {} bits with colour type {}", facts.bits, facts.color_type));
  }
  if (data[11] != std::byte{0}) return Broken("unknown filter method");
  facts.width = static_cast<int>(width);
  facts.height = static_cast<int>(height);
  return {};
}

// The compressed data: the IDAT chunks from the first on, joined.
class Inflater {
 public:
  Inflater(Bytes file, std::size_t first_idat) : walk_(file, first_idat) {}
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (started_) inflateEnd(&stream_);
  }

  enum class Outcome { kRow, kEndsHere, kNeedsMore, kFailed };

  // The next `row.size()` bytes. kEndsHere: as kRow, and the stream says that it is over.
  Outcome Read(std::span<std::uint8_t> row) {
    if (!started_ && inflateInit(&stream_) != Z_OK) return Outcome::kFailed;
    started_ = true;
    stream_.next_out = row.data();
    stream_.avail_out = static_cast<uInt>(row.size());
    int status = Z_OK;
    while (stream_.avail_out > 0) {
      // As Pillow: what zlib still holds back counts only while there is input left.
      if (stream_.avail_in == 0 && !NextChunk()) return Outcome::kNeedsMore;
      status = inflate(&stream_, Z_NO_FLUSH);
      if (status < 0) return Outcome::kFailed;
      // Past its end the stream gives nothing; the remaining chunks are skipped.
      if (status == Z_STREAM_END || status == Z_NEED_DICT) {
        if (stream_.avail_out > 0) stream_.avail_in = 0;
      }
    }
    return status == Z_STREAM_END ? Outcome::kEndsHere : Outcome::kRow;
  }

  // Where the chunk after the last one used begins.
  ChunkWalk& walk() { return walk_; }

 private:
  bool NextChunk() {
    while (true) {
      const auto chunk = walk_.Next(false);
      if (!chunk || chunk->name != "IDAT") return false;
      if (chunk->data.empty()) {
        if (!chunk->complete) return false;
        continue;
      }
      stream_.next_in = const_cast<Bytef*>(AsOctets(chunk->data));
      stream_.avail_in = static_cast<uInt>(chunk->data.size());
      return true;
    }
  }

  ChunkWalk walk_;
  z_stream stream_{};
  bool started_ = false;
};

struct Pass {
  int x0, y0, dx, dy;
};
constexpr std::array<Pass, 7> kAdam7 = {
    {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}};

// All rows of one pass; a picture that is not interlaced is one pass. False: the stream is over, at the end
// of a row.
Result<bool> ReadPass(Inflater& inflater, const PngFacts& facts, const Pass& pass, const RowPainter& painter,
                      Image& image) {
  const int width = (facts.width - pass.x0 + pass.dx - 1) / pass.dx;
  if (width <= 0) return true;
  const std::size_t bytes = RowBytes(facts, width);
  std::vector<std::uint8_t> row(bytes + 1), previous(bytes + 1);  // the filter's number comes first
  for (int y = pass.y0; y < facts.height; y += pass.dy) {
    const auto outcome = inflater.Read(row);
    if (outcome == Inflater::Outcome::kNeedsMore) {
      return Truncated(
          fmt::format("the file ends before its pixels are complete (row {} of {})", y, facts.height));
    }
    if (outcome == Inflater::Outcome::kFailed) return Broken("its compressed pixels are damaged");
    if (row[0] > 4) return Broken(fmt::format("row {} has the unknown filter {}", y, row[0]));
    Unfilter(row[0], std::span(row).subspan(1), std::span(previous).subspan(1), PixelStep(facts));
    painter.Paint(
        row.data() + 1, width, pass.dx,
        image.rgb.data() + 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(facts.width) +
                                static_cast<std::size_t>(pass.x0)));
    if (outcome == Inflater::Outcome::kEndsHere) return false;
    row.swap(previous);
  }
  return true;
}

// What follows the pixels: metadata, and the conditions under which Pillow still refuses the file.
Status ReadTrailer(Bytes file, PngFacts& facts) {
  ChunkWalk walk(file, facts.first_idat);
  bool in_pixels = true;
  while (const auto chunk = walk.Next(false)) {
    if (in_pixels && chunk->name == "IDAT") continue;  // complete or not: every row is there
    in_pixels = false;
    if (chunk->name == "IEND") break;
    FRUITS_CHECK(CheckChunk(*chunk));
    ReadPngMetadata(*chunk, facts);
  }
  return {};
}

}  // namespace

Result<PngFacts> ReadPngFacts(Bytes file) {
  PngFacts facts;
  ChunkWalk walk(file, 8);
  while (const auto chunk = walk.Next(true)) {
    if (chunk->name == "IDAT") {
      if (facts.width == 0) return Broken("pixels without a header");
      facts.first_idat = chunk->offset;
      return facts;
    }
    if (chunk->name == "IEND") return Broken("it has no pixels");
    FRUITS_CHECK(CheckChunk(*chunk));
    if (!chunk->good_checksum)
      return Broken(fmt::format("the checksum of its chunk {} is wrong", chunk->name));
    if (chunk->name == "IHDR") FRUITS_CHECK(ReadHeader(chunk->data, facts));
    if (chunk->name == "PLTE" && facts.color_type == 3 && facts.width != 0) facts.palette = chunk->data;
    ReadPngMetadata(*chunk, facts);
  }
  if (walk.end() == ChunkEnd::kBadName) return Broken("no chunk where one should be");
  return Truncated("the file ends before its pixels");
}

Status DecodePng(Bytes file, PngFacts& facts, Image& image) {
  if (facts.palette.size() / 3 > 256)
    return Broken(fmt::format("a palette of {} bytes; at most 768", facts.palette.size()));
  image.Resize(facts.width, facts.height);
  const RowPainter painter(facts);
  painter.Clear(image);
  Inflater inflater(file, facts.first_idat);
  if (facts.interlaced) {
    for (const Pass& pass : kAdam7) {
      if (pass.y0 >= facts.height) continue;
      FRUITS_TRY(const bool more, ReadPass(inflater, facts, pass, painter, image));
      if (!more) break;
    }
  } else {
    FRUITS_TRY([[maybe_unused]] const bool more, ReadPass(inflater, facts, {0, 0, 1, 1}, painter, image));
  }
  return ReadTrailer(file, facts);
}

}  // namespace fruits::detail
