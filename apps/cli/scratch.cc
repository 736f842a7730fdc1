#include "scratch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace fruits::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRandom = "-XXXXXX";  // as mkdtemp wants it
constexpr int kMostTries = 100;

int OpenFolder(const std::string& path) {
  return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// Those of this user that no process holds.
void Sweep(const fs::path& parent, const std::string& name) {
  std::error_code error;
  for (fs::directory_iterator it(parent, error), end; !error && it != end; it.increment(error)) {
    const std::string file = it->path().filename().string();
    if (!file.starts_with(name + "-") || file.size() != name.size() + kRandom.size()) continue;
    const int lock = OpenFolder(it->path().string());
    if (lock < 0) continue;  // gone meanwhile, another user's, or no folder
    struct stat facts{};
    if (fstat(lock, &facts) == 0 && facts.st_uid == geteuid() && flock(lock, LOCK_EX | LOCK_NB) == 0) {
      std::error_code ignored;
      fs::remove_all(it->path(), ignored);
    }
    close(lock);
  }
}

// A sweep of another process may have been quicker than the lock.
bool IsStillThere(const std::string& path, int folder) {
  struct stat held{};
  struct stat named{};
  return fstat(folder, &held) == 0 && lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

std::unexpected<Error> FailToMake(const std::string& path, int number) {
  return Fail(ErrorCode::kIo,
              fmt::format("{}: the folder for the sample cannot be made: {}", path, std::strerror(number)));
}

}  // namespace

Result<std::unique_ptr<Scratch>> Scratch::Make(const std::string& name) {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error)
    return Fail(ErrorCode::kIo, fmt::format("TMPDIR: expected a folder for the sample: {}", error.message()));
  Sweep(parent, name);
  std::string path;
  for (int i = 0; i < kMostTries; ++i) {
    path = (parent / (name + std::string(kRandom))).string();
    if (!mkdtemp(path.data())) return FailToMake(path, errno);
    const int lock = OpenFolder(path);
    if (lock < 0 && errno != ENOENT) {
      const int number = errno;
      rmdir(path.c_str());
      return FailToMake(path, number);
    }
    if (lock < 0) continue;
    // Where locks are not supported, nobody can take this for left behind either.
    const bool is_ours = flock(lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    if (is_ours && IsStillThere(path, lock)) return std::unique_ptr<Scratch>(new Scratch(path, lock));
    close(lock);
  }
  return FailToMake(path, EEXIST);
}

Scratch::Scratch(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  close(lock_);
}

}  // namespace fruits::cli
