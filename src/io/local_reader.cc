#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "fruits/core/try.h"
#include "fruits/io/file.h"
#include "fruits/io/uri.h"
#include "io/posix.h"

namespace fruits {
namespace {

class LocalReader : public RandomReader {
 public:
  LocalReader(io::Descriptor file, std::string path, std::uint64_t size_bytes)
      : file_(std::move(file)), path_(std::move(path)), size_bytes_(size_bytes) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }

  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    while (!out.empty()) {
      const ssize_t got = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return io::FailSystem("read", path_, errno);
      if (got == 0)
        return Fail(ErrorCode::kCorrupt, fmt::format("{} ends at byte {}", EncodePath(path_), offset));
      offset += static_cast<std::uint64_t>(got);
      out = out.subspan(static_cast<std::size_t>(got));
    }
    return {};
  }

 private:
  const io::Descriptor file_;
  const std::string path_;
  const std::uint64_t size_bytes_;
};

}  // namespace

Result<std::unique_ptr<RandomReader>> OpenLocalFile(const std::string& path) {
  FRUITS_TRY(io::Descriptor file, io::OpenRegularFile(path));
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return io::FailSystem("read", path, errno);
  return std::make_unique<LocalReader>(std::move(file), path, static_cast<std::uint64_t>(facts.st_size));
}

}  // namespace fruits
