// Where to start in the middle of a gzip file: after a first pass, each 8 MiB of content can be unpacked from
// a point at most that far before it, with the 32 KiB that came before the point. The method is that of
// zlib's examples/zran.c (Mark Adler); files of several gzip members are one content. Threads: any number of
// readers. Memory: at most 32 KiB for each 8 MiB of content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fruits::io {

struct AccessPoint {
  std::uint64_t out = 0;                // offset in the content
  std::uint64_t in = 0;                 // offset in the file of the first whole byte
  int bits = 0;                         // of the byte before `in` that still belong to the point
  bool at_header = true;                // a gzip member begins here: no window is needed
  std::vector<unsigned char> window{};  // deflated
};

struct GzipIndex {
  std::vector<AccessPoint> points;  // by `out`; the first is the file's begin
  std::uint64_t size_bytes = 0;     // of the content that can be unpacked
};

}  // namespace fruits::io
