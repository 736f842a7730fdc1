#include "fruits/io/folder.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "fruits/core/try.h"
#include "io/local_writer.h"
#include "io/posix.h"

namespace fruits {
namespace {

namespace fs = std::filesystem;

// "a/b.csv" is fine; "", "/a", "a//b", "a/", "../a" would leave the folder or name no file.
Status CheckName(std::string_view name) {
  std::string_view rest = name;
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("'{}' is not a name within a folder; expected parts joined by '/'", EncodePath(name)));
    }
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

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
  explicit LocalFolder(std::string root) : root_(std::move(root)) {}

  std::string Address(std::string_view name) const override { return LocalPathToUri(LocalPath(name)); }

  std::string LocalPath(std::string_view name) const override {
    if (name.empty()) return root_;
    std::string path = root_ == "/" ? root_ : root_ + "/";
    return path.append(name);
  }

  Result<bool> Exists(std::string_view name) const override {
    FRUITS_CHECK(CheckName(name));
    struct stat facts{};
    const std::string path = LocalPath(name);
    if (::stat(path.c_str(), &facts) == 0) return S_ISREG(facts.st_mode);
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return io::FailSystem("look for", path, errno);
  }

  Result<std::vector<std::string>> List(std::string_view prefix) const override {
    FRUITS_TRY(auto paths, Walk(prefix));
    std::vector<std::string> names;
    for (const fs::path& path : paths) {
      if (!IsTemporary(path)) names.push_back(path.native().substr(LocalPath("x").size() - 1));
    }
    std::erase_if(names, [&](const std::string& name) { return !name.starts_with(prefix); });
    std::ranges::sort(names);
    return names;
  }

  Result<std::string> Read(std::string_view name) const override {
    FRUITS_CHECK(CheckName(name));
    return ReadTextFile(LocalPath(name));
  }

  Result<std::unique_ptr<FileWriter>> Create(std::string_view name) override {
    FRUITS_CHECK(CheckName(name));
    const std::string path = LocalPath(name);
    const std::size_t slash = path.rfind('/');
    if (slash > 0) FRUITS_CHECK(MakeFolders(path.substr(0, slash)));
    return io::CreateLocalFile(path);
  }

  Status Remove(std::string_view name) override {
    FRUITS_CHECK(CheckName(name));
    const std::string path = LocalPath(name);
    if (::unlink(path.c_str()) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return {};
      return io::FailSystem("remove", path, errno);
    }
    return io::SyncFolder(path.substr(0, path.rfind('/') + 1));
  }

  Status RemoveTemporaries() override {
    FRUITS_TRY(const auto paths, Walk(""));
    for (const fs::path& path : paths) {
      if (IsTemporary(path)) FRUITS_CHECK(io::RemoveIfAbandoned(path.native()));
    }
    return {};
  }

 private:
  // All files below the deepest folder that `prefix` names; nothing where there is no such folder.
  Result<std::vector<fs::path>> Walk(std::string_view prefix) const {
    const std::size_t slash = prefix.rfind('/');
    const std::string_view below =
        slash == std::string_view::npos ? std::string_view() : prefix.substr(0, slash);
    if (!below.empty()) FRUITS_CHECK(CheckName(below));
    const std::string start = LocalPath(below);
    std::vector<fs::path> paths;
    std::error_code error;
    auto entry = fs::recursive_directory_iterator(start, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      std::error_code gone;  // removed meanwhile: as if it had never been listed
      if (entry->is_regular_file(gone)) paths.push_back(entry->path());
    }
    if (error == std::errc::no_such_file_or_directory && paths.empty()) return paths;
    if (error) return io::FailSystem("list", start, error.value());
    return paths;
  }

  const std::string root_;
};

}  // namespace

Result<std::unique_ptr<Folder>> Folder::Open(const Uri& uri) {
  if (!uri.is_local()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}': this build writes to local folders only; expected a path or file:///...",
                            uri.ToString()));
  }
  if (!uri.raw.starts_with('/')) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not an absolute path", EncodePath(uri.raw)));
  }
  return std::make_unique<LocalFolder>(uri.raw);
}

Result<WrittenFile> Folder::Write(std::string_view name, std::string_view bytes) {
  FRUITS_TRY(const auto file, Create(name));
  FRUITS_CHECK(file->Append(bytes));
  return file->Commit();
}

}  // namespace fruits
