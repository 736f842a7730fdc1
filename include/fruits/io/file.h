// Whole files in and out.
// Threads: any; a writer belongs to one thread. Memory: the bytes asked for; a writer buffers 1 MiB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/core/sha256.h"

namespace fruits {

struct FileFacts {
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;
  std::string etag{};  // of an S3 object, without its quotes; else empty
};

// One file's bytes at any place, as they were when it was opened: an object that is replaced meanwhile is an
// error, not a mixture. Threads: one user at a time, unless its maker says more.
class RandomReader {
 public:
  virtual ~RandomReader() = default;
  virtual std::uint64_t size_bytes() const = 0;
  // Exactly out.size() bytes. kCorrupt: the file ends before; else as ReadFile.
  virtual Status ReadAt(std::uint64_t offset, std::span<std::byte> out) = 0;
};
// All of it in order, in pieces of at most `piece_bytes`, which is the memory it takes. An error of `use`
// ends it and is its own.
Status ReadPieces(RandomReader& reader, std::size_t piece_bytes,
                  const std::function<Status(std::span<const std::byte> piece)>& use);
// Threads: any, at once. kNotFound, kIo, kInvalidArgument (no regular file).
Result<std::unique_ptr<RandomReader>> OpenLocalFile(const std::string& path);

// The file's bytes into `buffer` (its memory is reused). kNotFound, kIo with the system's words;
// kInvalidArgument when larger than max_bytes (0: no limit), or a device or pipe.
Result<FileFacts> ReadFile(const std::string& path, std::vector<std::byte>& buffer,
                           std::uint64_t max_bytes = 0);
Result<std::string> ReadTextFile(const std::string& path);

// What was written, for run.json.
struct WrittenFile {
  std::uint64_t size_bytes = 0;
  std::string sha256;  // hex
};
using WrittenFiles = std::map<std::string, WrittenFile>;  // by name within the folder

// A file that appears whole or not at all: bytes go to a temporary neighbour, Commit() flushes it to the disk
// and renames it. Destroyed without Commit(), it leaves nothing. kResourceExhausted: disk full; kIo
// otherwise.
class FileWriter {
 public:
  virtual ~FileWriter() = default;
  virtual Status Append(std::string_view bytes) = 0;
  virtual Result<WrittenFile> Commit() = 0;
};

}  // namespace fruits
