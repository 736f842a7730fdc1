#include "io/local_folder.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "fruits/core/try.h"
#include "io/folder_name.h"
#include "io/local_writer.h"
#include "io/posix.h"

namespace fruits {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockFile = "_run/lock";
// What a fresh disk has at its top, and nobody but root may read.
constexpr std::string_view kLostAndFound = "lost+found";
constexpr std::size_t kMostHolderBytes = 1024;

// ".tmp-<pid>-<n>-<name>", as local_writer.cc names them, and nothing else of that beginning.
bool IsTemporary(const fs::path& path) {
  const std::string file = path.filename().native();
  std::string_view name = file;
  if (!name.starts_with(io::kTemporaryPrefix)) return false;
  name.remove_prefix(io::kTemporaryPrefix.size());
  for (int part = 0; part < 2; ++part) {
    const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
    if (digits == 0 || digits == name.size() || name[digits] != '-') return false;
    name.remove_prefix(digits + 1);
  }
  return !name.empty();
}

// Makes `path` and its parents, and makes them last.
Status MakeFolders(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return io::SyncFolder(path.substr(0, path.rfind('/') + 1));
  if (errno == EEXIST) {
    std::error_code error;
    if (fs::is_directory(path, error)) return {};
    return Fail(ErrorCode::kIo, fmt::format("{} is a file; a folder is needed there", EncodePath(path)));
  }
  if (errno == ENOENT && path.rfind('/') > 0) {
    FRUITS_CHECK(MakeFolders(path.substr(0, path.rfind('/'))));
    if (::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) {
      return io::SyncFolder(path.substr(0, path.rfind('/') + 1));
    }
  }
  const Error error = io::SystemError("make the folder", path, errno);
  // What is missing is not an input of the user's.
  return Fail(error.code() == ErrorCode::kNotFound ? ErrorCode::kIo : error.code(), error.message());
}

class LocalFolder : public Folder {
 public:
  explicit LocalFolder(const Uri& uri) : uri_(uri) {}

  const Uri& uri() const override { return uri_; }
  std::string Address(std::string_view name) const override { return LocalPathToUri(PathOf(name)); }

  Result<std::optional<FileFacts>> Facts(std::string_view name) const override {
    FRUITS_CHECK(io::CheckFolderName(name));
    struct stat facts{};
    const std::string path = PathOf(name);
    if (::stat(path.c_str(), &facts) == 0) {
      if (!S_ISREG(facts.st_mode)) return std::nullopt;
      return FileFacts{
          .size_bytes = static_cast<std::uint64_t>(facts.st_size),
          .mtime_ns = facts.st_mtim.tv_sec * std::int64_t{1'000'000'000} + facts.st_mtim.tv_nsec};
    }
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return io::FailSystem("look for", path, errno);
  }

  Result<std::unique_ptr<RandomReader>> Open(std::string_view name) const override {
    FRUITS_CHECK(io::CheckFolderName(name));
    return OpenLocalFile(PathOf(name));
  }

  Result<std::vector<std::string>> List(std::string_view prefix) const override {
    FRUITS_TRY(auto paths, Walk(prefix));
    std::vector<std::string> names;
    for (const fs::path& path : paths) {
      if (!IsTemporary(path)) names.push_back(path.native().substr(PathOf("x").size() - 1));
    }
    std::erase_if(names, [&](const std::string& name) { return !name.starts_with(prefix); });
    std::ranges::sort(names);
    return names;
  }

  Result<std::vector<std::string>> ListFolders() const override {
    std::vector<std::string> names;
    std::error_code error;
    auto entry = fs::directory_iterator(uri_.raw, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      std::error_code gone;
      if (entry->is_directory(gone)) names.push_back(entry->path().filename().native());
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return io::FailSystem("list", uri_.raw, error.value());
    }
    std::ranges::sort(names);
    return names;
  }

  Result<std::string> Read(std::string_view name) const override {
    FRUITS_CHECK(io::CheckFolderName(name));
    return ReadTextFile(PathOf(name));
  }

  Result<std::unique_ptr<FileWriter>> Create(std::string_view name) override {
    FRUITS_CHECK(io::CheckFolderName(name));
    const std::string path = PathOf(name);
    const std::size_t slash = path.rfind('/');
    if (slash > 0) FRUITS_CHECK(MakeFolders(path.substr(0, slash)));
    return io::CreateLocalFile(path);
  }

  Status Remove(std::string_view name) override {
    FRUITS_CHECK(io::CheckFolderName(name));
    const std::string path = PathOf(name);
    if (::unlink(path.c_str()) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return {};
      return io::FailSystem("remove", path, errno);
    }
    return io::SyncFolder(path.substr(0, path.rfind('/') + 1));
  }

  Result<std::unique_ptr<Lease>> TakeLease(const std::string& holder) override;
  Result<std::optional<std::string>> LeaseHolder() const override;

  Status RemoveTemporaries() override {
    FRUITS_TRY(const auto paths, Walk(""));
    for (const fs::path& path : paths) {
      if (IsTemporary(path)) FRUITS_CHECK(io::RemoveIfAbandoned(path.native()));
    }
    return {};
  }

 private:
  std::string PathOf(std::string_view name) const {
    if (name.empty()) return uri_.raw;
    std::string path = uri_.raw == "/" ? uri_.raw : uri_.raw + "/";
    return path.append(name);
  }

  // All files below the deepest folder that `prefix` names; nothing where there is no such folder. Links to
  // folders are not followed.
  Result<std::vector<fs::path>> Walk(std::string_view prefix) const {
    const std::size_t slash = prefix.rfind('/');
    const std::string_view below =
        slash == std::string_view::npos ? std::string_view() : prefix.substr(0, slash);
    if (!below.empty()) FRUITS_CHECK(io::CheckFolderName(below));
    const fs::path lost = PathOf(kLostAndFound);
    std::vector<fs::path> paths;
    std::vector<fs::path> folders = {PathOf(below)};
    while (!folders.empty()) {
      const fs::path folder = std::move(folders.back());
      folders.pop_back();
      std::error_code error;
      auto entry = fs::directory_iterator(folder, error);
      for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        std::error_code gone;  // removed meanwhile: as if it had never been listed
        if (fs::is_directory(entry->symlink_status(gone))) {
          if (entry->path() != lost) folders.push_back(entry->path());
        } else if (entry->is_regular_file(gone)) {
          paths.push_back(entry->path());
        }
      }
      if (error && error != std::errc::no_such_file_or_directory) {
        return io::FailSystem("list", folder.native(), error.value());
      }
    }
    return paths;
  }

  const Uri uri_;
};

// An advisory lock on a file, which goes with the process however that ends.
class LocalLease : public Lease {
 public:
  LocalLease(io::Descriptor file, std::string path, bool made_folder)
      : file_(std::move(file)), path_(std::move(path)), made_folder_(made_folder) {}

  // Where nothing was done there is nothing to find: folders that were made for the lock go, when empty, with
  // it.
  ~LocalLease() override {
    const fs::path run = fs::path(path_).parent_path();
    ::unlink(path_.c_str());
    if (::rmdir(run.c_str()) == 0 && made_folder_) ::rmdir(run.parent_path().c_str());
  }

  Status Check() const override { return {}; }

 private:
  const io::Descriptor file_;
  const std::string path_;
  const bool made_folder_;
};

enum class Lock { kOurs, kTheirs, kGone };

// The whole file, as fcntl() names it.
struct flock WholeFile() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

// kGone: its owner took the file away between our opening and locking it.
Lock TryLock(const io::Descriptor& file, const std::string& path) {
  struct flock lock = WholeFile();
  // Of the open file, not of the process: closing another descriptor of it elsewhere takes nothing away. A
  // file system without locks cannot refuse the second run; it must not refuse the first either.
  if (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0 && (errno == EAGAIN || errno == EACCES)) {
    return Lock::kTheirs;
  }
  struct stat ours{};
  struct stat there{};
  if (::fstat(file.get(), &ours) != 0 || ::stat(path.c_str(), &there) != 0 || ours.st_ino != there.st_ino) {
    return Lock::kGone;
  }
  return Lock::kOurs;
}

// Asks only: a lock taken for a look would refuse a run that begins at that moment.
bool IsLocked(const io::Descriptor& file) {
  struct flock lock = WholeFile();
  return ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

std::string HolderIn(const std::string& path) {
  std::vector<std::byte> bytes;
  if (!ReadFile(path, bytes, kMostHolderBytes) || bytes.empty()) return "another process";
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<std::unique_ptr<Lease>> LocalFolder::TakeLease(const std::string& holder) {
  const std::string path = PathOf(kLockFile);
  std::error_code error;
  const bool made_folder = !fs::exists(uri_.raw, error);
  while (true) {
    FRUITS_CHECK(MakeFolders(path.substr(0, path.rfind('/'))));
    io::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!file.is_open() && errno == ENOENT) continue;  // the folder went with another's lock
    if (!file.is_open()) return io::FailSystem("make", path, errno);
    const Lock lock = TryLock(file, path);
    if (lock == Lock::kTheirs) {
      return Fail(ErrorCode::kFailedPrecondition,
                  fmt::format("{} is being written by {}; wait for it, or use another "
                              "--output",
                              Address(""), HolderIn(path)));
    }
    if (lock == Lock::kGone) continue;
    if (::ftruncate(file.get(), 0) != 0) return io::FailSystem("write", path, errno);
    FRUITS_CHECK(io::WriteAll(file.get(), std::string_view(holder).substr(0, kMostHolderBytes), path));
    return std::make_unique<LocalLease>(std::move(file), path, made_folder);
  }
}

Result<std::optional<std::string>> LocalFolder::LeaseHolder() const {
  const std::string path = PathOf(kLockFile);
  const io::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() || !IsLocked(file)) return std::nullopt;
  return HolderIn(path);
}

}  // namespace

Result<std::unique_ptr<Folder>> io::OpenLocalFolder(const Uri& uri) {
  if (!uri.raw.starts_with('/')) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not an absolute path", EncodePath(uri.raw)));
  }
  return std::make_unique<LocalFolder>(uri);
}

}  // namespace fruits
