// The chunks of a PNG, one after the other.
//   ChunkWalk walk(file, 8);
//   while (auto chunk = walk.Next()) ...
// Threads: one user per object. Never reads outside its input.
#pragma once

#include <optional>
#include <string_view>

#include "image/formats.h"

namespace fruits::detail {

struct Chunk {
  std::string_view name;   // four letters, digits or underscores
  Bytes data;              // what of it is in the file
  std::size_t offset = 0;  // of its length field
  bool complete = false;   // `data` has the stated length
  bool good_checksum =
      false;  // complete, and so is its CRC, which fits (costs a pass over the data: see Next)
};

enum class ChunkEnd { kNone, kEndOfFile, kBadName };

class ChunkWalk {
 public:
  ChunkWalk(Bytes file, std::size_t at) : file_(file), at_(at) {}
  // Empty where no further chunk can be read; end() then says why. Checksums are computed only if asked for,
  // and never for pixel data, as in Pillow.
  std::optional<Chunk> Next(bool check);
  ChunkEnd end() const { return end_; }

 private:
  Bytes file_;
  std::size_t at_;
  ChunkEnd end_ = ChunkEnd::kNone;
};

// Takes what a text chunk (tEXt, zTXt, iTXt) or an eXIf chunk says about the orientation, if anything.
void ReadPngMetadata(const Chunk& chunk, PngFacts& facts);

}  // namespace fruits::detail
