#include "fruits/io/file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "fruits/core/try.h"
#include "fruits/io/uri.h"
#include "io/posix.h"

namespace fruits {
namespace {

// Bytes from the descriptor until `wanted` are there or the file ends; how many.
Result<std::size_t> ReadUpTo(int fd, std::byte* to, std::size_t wanted, const std::string& path) {
  std::size_t done = 0;
  while (done < wanted) {
    const ssize_t got = ::read(fd, to + done, wanted - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io::FailSystem("read", path, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::unexpected<Error> TooLarge(const std::string& path, std::uint64_t max_bytes) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is larger than the limit of {} bytes", EncodePath(path), max_bytes));
}

}  // namespace

Status ReadPieces(RandomReader& reader, std::size_t piece_bytes,
                  const std::function<Status(std::span<const std::byte> piece)>& use) {
  std::vector<std::byte> piece;
  for (std::uint64_t at = 0; at < reader.size_bytes(); at += piece.size()) {
    piece.resize(std::min<std::uint64_t>(piece_bytes, reader.size_bytes() - at));
    FRUITS_CHECK(reader.ReadAt(at, piece));
    FRUITS_CHECK(use(piece));
  }
  return {};
}

Result<FileFacts> ReadFile(const std::string& path, std::vector<std::byte>& buffer, std::uint64_t max_bytes) {
  FRUITS_TRY(const io::Descriptor file, io::OpenRegularFile(path));
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return io::FailSystem("read", path, errno);
  const auto expected = static_cast<std::uint64_t>(facts.st_size);
  if (max_bytes > 0 && expected > max_bytes) return TooLarge(path, max_bytes);
  // One byte more than expected: a file that grew, or one of /proc that says 0, goes on below.
  std::size_t size = 0;
  std::size_t wanted = static_cast<std::size_t>(expected) + 1;
  while (true) {
    buffer.resize(wanted);
    FRUITS_TRY(const std::size_t got, ReadUpTo(file.get(), buffer.data() + size, wanted - size, path));
    size += got;
    if (max_bytes > 0 && size > max_bytes) return TooLarge(path, max_bytes);
    if (size < wanted) break;
    wanted *= 2;
  }
  buffer.resize(size);
  return FileFacts{.size_bytes = size,
                   .mtime_ns = facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec};
}

Result<std::string> ReadTextFile(const std::string& path) {
  std::vector<std::byte> bytes;
  FRUITS_CHECK(ReadFile(path, bytes));
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace fruits
