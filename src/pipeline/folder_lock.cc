#include "pipeline/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "fruits/pipeline/run_json.h"

namespace fruits {
namespace {

constexpr std::string_view kLockFile = "_run/lock";

std::string Holder(const Folder& folder) {
  const auto state = ReadRunState(folder);
  if (!state || state->pid == 0) return "another process";
  return fmt::format("process {} on {} (since {})", state->pid, state->host, state->started);
}

}  // namespace

FolderLock::~FolderLock() {
  if (descriptor_ < 0) return;
  LeaveNoTrace();
  close(descriptor_);
}

FolderLock::FolderLock(FolderLock&& other) noexcept { *this = std::move(other); }

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(folder_, other.folder_);
  std::swap(made_folder_, other.made_folder_);
  return *this;
}

void FolderLock::LeaveNoTrace() const {
  if (folder_.empty()) return;
  std::error_code error;
  const std::filesystem::path run = std::filesystem::path(folder_) / "_run";
  if (std::filesystem::exists(std::filesystem::path(folder_) / kStateJson, error)) return;
  unlink((std::filesystem::path(folder_) / kLockFile).c_str());
  rmdir(run.c_str());                        // only when empty
  if (made_folder_) rmdir(folder_.c_str());  // as well
}

Result<FolderLock> FolderLock::Take(const Folder& folder) {
  const std::filesystem::path path = folder.LocalPath(kLockFile);
  const std::filesystem::path whole = path.parent_path().parent_path();
  FolderLock lock;
  std::error_code error;
  lock.made_folder_ = !std::filesystem::exists(whole, error);
  std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    return Fail(ErrorCode::kIo, fmt::format("cannot make {}: {}", folder.Address("_run"), error.message()));
  lock.descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock.descriptor_ < 0) {
    return Fail(ErrorCode::kIo, fmt::format("cannot make {}: {}", folder.Address(kLockFile),
                                            std::generic_category().message(errno)));
  }
  // A file system without locks cannot refuse the second run; it must not refuse the first either.
  if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{} is being written by {}; wait for it, or use another --output",
                            folder.Address(""), Holder(folder)));
  }
  lock.folder_ = whole.string();
  return lock;
}

bool FolderLock::IsTaken(const Folder& folder) {
  FolderLock lock;
  lock.descriptor_ = open(folder.LocalPath(kLockFile).c_str(), O_RDONLY | O_CLOEXEC);
  return lock.descriptor_ >= 0 && flock(lock.descriptor_, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace fruits
