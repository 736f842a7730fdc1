// Small things every file that talks to the system needs: an owned descriptor, and errno as our error.
// Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "fruits/core/error.h"

namespace fruits::io {

// Closes on destruction.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Close();

 private:
  int fd_ = -1;
};

// "No space left on device" for ENOSPC.
std::string SystemWords(int error_number);

// "cannot <action> <path>: <the system's words>". ENOENT and ENOTDIR are kNotFound; a full disk, quota or
// file size limit and missing descriptors or memory are kResourceExhausted; the rest is kIo.
Error SystemError(std::string_view action, std::string_view path, int error_number);
inline std::unexpected<Error> FailSystem(std::string_view action, std::string_view path, int error_number) {
  return std::unexpected<Error>(SystemError(action, path, error_number));
}

// Open for reading. kInvalidArgument: a device or a pipe (which is not waited for).
Result<Descriptor> OpenRegularFile(const std::string& path);

// All of `bytes` at the descriptor's position; `path` is for the message.
Status WriteAll(int fd, std::string_view bytes, const std::string& path);

// Makes what was renamed or removed in a folder last through a power cut. Folders that cannot be synced are
// let be.
Status SyncFolder(const std::string& path);

}  // namespace fruits::io
