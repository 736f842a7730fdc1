#include "io/posix.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "fruits/io/uri.h"

namespace fruits::io {

void Descriptor::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::string SystemWords(int error_number) { return std::system_category().message(error_number); }

Error SystemError(std::string_view action, std::string_view path, int error_number) {
  ErrorCode code = ErrorCode::kIo;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      code = ErrorCode::kNotFound;
      break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      code = ErrorCode::kResourceExhausted;
      break;
    default:
      break;
  }
  // A message must be valid UTF-8 on one line, whatever the path's bytes are.
  return Error(code, fmt::format("cannot {} {}: {}", action, EncodePath(path), SystemWords(error_number)));
}

Result<Descriptor> OpenRegularFile(const std::string& path) {
  // Non-blocking: opening a named pipe must not wait for a writer.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return FailSystem("open", path, errno);
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return FailSystem("read", path, errno);
  if (S_ISDIR(facts.st_mode)) return FailSystem("read", path, EISDIR);
  if (!S_ISREG(facts.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument,
                EncodePath(path) + " is a device or a pipe; expected a regular file");
  }
  return file;
}

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return FailSystem("write", path, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status SyncFolder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return FailSystem("open folder", path, errno);
  // Some file systems refuse to sync a folder (EINVAL); they have nothing better to offer.
  if (::fsync(folder.get()) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS) {
    return FailSystem("sync folder", path, errno);
  }
  return {};
}

}  // namespace fruits::io
