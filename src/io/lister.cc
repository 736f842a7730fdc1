#include "io/lister.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "fruits/core/try.h"
#include "fruits/io/glob.h"
#include "fruits/io/uri.h"
#include "io/posix.h"

namespace fruits::io {
namespace {

constexpr int kEntriesBetweenStopChecks = 4096;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using FolderHandle = std::unique_ptr<DIR, CloseFolder>;

Result<FolderHandle> OpenFolder(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return FailSystem("read the folder", path, errno);
  FolderHandle folder(::fdopendir(fd.get()));
  if (!folder) return FailSystem("read the folder", path, errno);
  fd.Release();
  return folder;
}

// The next entry that is not "." or ".."; null at the end, with errno set on a fault.
const dirent* NextEntry(DIR* folder) {
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(folder);
    if (!entry) return nullptr;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return entry;
  }
}

bool IsFolder(int folder_fd, const dirent& entry) {
  if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat facts{};
  return ::fstatat(folder_fd, entry.d_name, &facts, 0) == 0 && S_ISDIR(facts.st_mode);
}

std::int64_t ModifiedNs(const struct stat& facts) {
  return facts.st_mtim.tv_sec * std::int64_t{1'000'000'000} + facts.st_mtim.tv_nsec;
}

// What a part of a pattern names when it names one thing: "a" of "a", "a[b" of "a[[]b".
std::optional<std::string> LiteralPart(std::string_view part) {
  std::string literal;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '*' || part[i] == '?') return std::nullopt;
    if (part[i] == '[') {
      if (i + 2 >= part.size() || part[i + 2] != ']') return std::nullopt;
      ++i;
      literal += part[i++];
    } else {
      literal += part[i];
    }
  }
  return literal;
}

}  // namespace

Lister::Lister(const std::vector<std::string>& name_globs, CatalogBuilder& builder, std::stop_token stop,
               const std::string& excluded)
    : name_globs_(name_globs), builder_(builder), stop_(std::move(stop)) {
  struct stat facts{};
  if (!excluded.empty() && ::stat(excluded.c_str(), &facts) == 0)
    excluded_ = {facts.st_dev, facts.st_ino, nullptr};
}

bool Lister::IsExcluded(const struct stat& folder) const {
  return excluded_ && excluded_->device == folder.st_dev && excluded_->inode == folder.st_ino;
}

Status Lister::CheckStop() const {
  if (stop_.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while listing");
  return {};
}

bool Lister::NameWanted(const char* name) const {
  return std::ranges::any_of(name_globs_,
                             [&](const std::string& glob) { return GlobMatches(glob, name, true); });
}

Status Lister::AddInput(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return FailSystem("find the input", path, errno);
  if (S_ISDIR(facts.st_mode)) return ListTree(path == "/" ? path : path + "/");
  if (!S_ISREG(facts.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the input {} is neither a file nor a folder", EncodePath(path)));
  }
  const std::size_t slash = path.rfind('/') + 1;
  builder_.AddPhoto(builder_.AddFolder(path.substr(0, slash)), path.substr(slash),
                    static_cast<std::uint64_t>(facts.st_size), ModifiedNs(facts));
  return {};
}

Status Lister::ListTree(const std::string& path) {
  std::vector<Pending> pending;
  FRUITS_CHECK(ListFolder({path, nullptr}, pending));
  while (!pending.empty()) {
    const Pending folder = std::move(pending.back());
    pending.pop_back();
    auto listed = ListFolder(folder, pending);
    if (listed) continue;
    if (listed.error().code() == ErrorCode::kCancelled) return listed;
    builder_.AddProblem(folder.path, listed.error().message());
  }
  return {};
}

Status Lister::ListFolder(const Pending& folder, std::vector<Pending>& pending) {
  FRUITS_CHECK(CheckStop());
  FRUITS_TRY(const FolderHandle handle, OpenFolder(folder.path));
  const int fd = ::dirfd(handle.get());
  struct stat facts{};
  if (::fstat(fd, &facts) != 0) return FailSystem("read the folder", folder.path, errno);
  if (IsExcluded(facts)) return {};
  for (const Ancestor* above = folder.way.get(); above; above = above->above.get()) {
    if (above->device == facts.st_dev && above->inode == facts.st_ino) return {};
  }
  const Way way = std::make_shared<const Ancestor>(Ancestor{facts.st_dev, facts.st_ino, folder.way});
  const std::uint32_t number = builder_.AddFolder(folder.path);
  int seen = 0;
  while (const dirent* entry = NextEntry(handle.get())) {
    if (++seen % kEntriesBetweenStopChecks == 0) FRUITS_CHECK(CheckStop());
    Visit(fd, folder, *entry, way, number, pending);
  }
  if (errno != 0) return FailSystem("read all of the folder", folder.path, errno);
  return {};
}

void Lister::Visit(int folder_fd, const Pending& folder, const dirent& entry, const Way& way,
                   std::uint32_t number, std::vector<Pending>& pending) {
  const bool hidden = entry.d_name[0] == '.';
  if (entry.d_type == DT_DIR) {
    if (!hidden) pending.push_back({folder.path + entry.d_name + "/", way});
    return;
  }
  const bool wanted = NameWanted(entry.d_name);
  const bool may_be_folder = !hidden && (entry.d_type == DT_LNK || entry.d_type == DT_UNKNOWN);
  if (!wanted && !may_be_folder) return;
  struct stat facts{};
  if (::fstatat(folder_fd, entry.d_name, &facts, 0) != 0) {
    const std::string path = folder.path + entry.d_name;
    const bool broken = entry.d_type == DT_LNK && errno == ENOENT;
    builder_.AddProblem(path, broken ? fmt::format("{} is a link to nothing", EncodePath(path))
                                     : SystemError("read", path, errno).message());
  } else if (S_ISDIR(facts.st_mode)) {
    if (!hidden) pending.push_back({folder.path + entry.d_name + "/", way});
  } else if (wanted && S_ISREG(facts.st_mode)) {
    builder_.AddPhoto(number, entry.d_name, static_cast<std::uint64_t>(facts.st_size), ModifiedNs(facts));
  } else if (wanted) {
    const std::string path = folder.path + entry.d_name;
    builder_.AddProblem(path, fmt::format("{} is neither a file nor a folder", EncodePath(path)));
  }
}

Status Lister::AddGlob(const std::string& pattern) {
  std::vector<std::string> parts;
  for (std::size_t i = 1; i <= pattern.size();) {
    const std::size_t slash = std::min(pattern.find('/', i), pattern.size());
    parts.push_back(pattern.substr(i, slash - i));
    i = slash + 1;
  }
  bool found = false;
  FRUITS_CHECK(Expand("/", nullptr, {parts, 0, found}));
  if (!found) {
    return Fail(ErrorCode::kNotFound, fmt::format("nothing matches the input glob {}", EncodePath(pattern)));
  }
  return {};
}

Status Lister::AddFound(const std::string& path) {
  auto added = AddInput(path);
  if (!added && added.error().code() != ErrorCode::kCancelled) {
    builder_.AddProblem(path, added.error().message());
    return {};
  }
  return added;
}

// `folder` ends in '/'. Parts without a wildcard are followed without reading their folder.
Status Lister::Expand(const std::string& folder, const Way& way, Rest rest) {
  FRUITS_CHECK(CheckStop());
  const std::string& part = rest.parts[rest.next];
  const bool last = rest.next + 1 == rest.parts.size();
  if (part == "**" && last) {
    rest.found = true;
    return AddFound(folder == "/" ? folder : folder.substr(0, folder.size() - 1));
  }
  if (part == "**") FRUITS_CHECK(Expand(folder, way, {rest.parts, rest.next + 1, rest.found}));
  const auto literal = LiteralPart(part);
  if (!literal) return ExpandEntries(folder, way, rest);
  const std::string path = folder + *literal;
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0 || IsExcluded(facts)) return {};
  if (last) {
    rest.found = true;
    return AddFound(path);
  }
  return S_ISDIR(facts.st_mode) ? Expand(path + "/", nullptr, {rest.parts, rest.next + 1, rest.found})
                                : Status();
}

Status Lister::ExpandEntries(const std::string& folder, const Way& way, Rest rest) {
  const std::string& part = rest.parts[rest.next];
  const bool last = rest.next + 1 == rest.parts.size();
  const bool any_depth = part == "**";
  auto opened = OpenFolder(folder);
  if (!opened) {
    builder_.AddProblem(folder, opened.error().message());
    return {};
  }
  const int fd = ::dirfd(opened->get());
  struct stat facts{};
  if (::fstat(fd, &facts) != 0) return FailSystem("read the folder", folder, errno);
  if (IsExcluded(facts)) return {};
  for (const Ancestor* above = way.get(); any_depth && above; above = above->above.get()) {
    if (above->device == facts.st_dev && above->inode == facts.st_ino) return {};
  }
  const Way here = std::make_shared<const Ancestor>(Ancestor{facts.st_dev, facts.st_ino, way});
  std::vector<std::string> matches;
  while (const dirent* entry = NextEntry(opened->get())) {
    const bool matching = any_depth ? entry->d_name[0] != '.' : GlobMatches(part, entry->d_name);
    if (matching && (last || IsFolder(fd, *entry))) matches.emplace_back(entry->d_name);
  }
  if (errno != 0) builder_.AddProblem(folder, SystemError("read all of the folder", folder, errno).message());
  opened->reset();  // a deep tree must not use up the descriptors
  for (const std::string& name : matches) {
    if (last) {
      rest.found = true;
      FRUITS_CHECK(AddFound(folder + name));
    } else {
      FRUITS_CHECK(Expand(folder + name + "/", any_depth ? here : nullptr,
                          {rest.parts, any_depth ? rest.next : rest.next + 1, rest.found}));
    }
  }
  return {};
}

}  // namespace fruits::io
