// WebP pixels by libwebp's animation decoder, which is what Pillow uses: the first frame on a transparent
// canvas, alpha dropped. Memory: twice 4 bytes a pixel, for its canvases.
#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "image/formats.h"
#include "image/orientation.h"

namespace fruits::detail {
namespace {

std::unexpected<Error> Broken(std::string_view what) {
  return Fail(ErrorCode::kCorrupt, fmt::format("broken WebP: {}", what));
}

std::unexpected<Error> Truncated() {
  return Fail(ErrorCode::kCorrupt, "truncated WebP: the file ends before its pixels are complete");
}

// The container states its length: shorter than that, the file was cut.
bool IsCut(Bytes file) {
  if (file.size() < 12) return true;
  std::uint64_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size << 8 | std::to_integer<std::uint64_t>(file[4 + i]);
  return file.size() < size + 8;
}

std::unexpected<Error> BrokenOrCut(Bytes file, std::string_view what) {
  if (IsCut(file)) return Truncated();
  return Broken(what);
}

std::optional<std::string> Metadata(const WebPDemuxer* demuxer, const char* name) {
  WebPChunkIterator chunk;
  if (!WebPDemuxGetChunk(demuxer, name, 1, &chunk)) return std::nullopt;
  std::string bytes(reinterpret_cast<const char*>(chunk.chunk.bytes), chunk.chunk.size);
  WebPDemuxReleaseChunkIterator(&chunk);
  if (bytes.empty()) return std::nullopt;
  return bytes;
}

}  // namespace

Result<WebpFacts> ReadWebpFacts(Bytes file) {
  const std::string_view kind = file.size() >= 16 ? AsText(file).substr(12, 4) : std::string_view();
  if (kind.size() == 4 && kind != "VP8 " && kind != "VP8L" && kind != "VP8X") {
    return Broken("it does not begin with a picture");
  }
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(AsOctets(file), file.size(), &features) != VP8_STATUS_OK) {
    return BrokenOrCut(file, "its header is damaged");
  }
  if (features.width < 1 || features.height < 1) {
    return Broken(fmt::format("it says that it is {} x {} pixels", features.width, features.height));
  }
  return WebpFacts{features.width, features.height};
}

Status DecodeWebp(Bytes file, Image& image, int& orientation) {
  const WebPData data{AsOctets(file), file.size()};
  const std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)> decoder(
      WebPAnimDecoderNew(&data, nullptr), &WebPAnimDecoderDelete);
  if (!decoder) return BrokenOrCut(file, "its chunks are damaged");
  WebPAnimInfo info;
  if (!WebPAnimDecoderGetInfo(decoder.get(), &info)) return BrokenOrCut(file, "its chunks are damaged");
  std::uint8_t* rgba = nullptr;
  int timestamp = 0;
  if (!WebPAnimDecoderGetNext(decoder.get(), &rgba, &timestamp))
    return BrokenOrCut(file, "its pixels are damaged");
  const WebPDemuxer* demuxer = WebPAnimDecoderGetDemuxer(decoder.get());
  orientation = Orientation(Metadata(demuxer, "EXIF"), Metadata(demuxer, "XMP "));

  image.Resize(static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height));
  std::uint8_t* to = image.rgb.data();
  for (const std::uint8_t* end = to + image.rgb.size(); to < end; to += 3, rgba += 4) {
    to[0] = rgba[0];
    to[1] = rgba[1];
    to[2] = rgba[2];
  }
  return {};
}

}  // namespace fruits::detail
