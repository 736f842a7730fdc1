#include "io/s3/key_filter.h"

#include <algorithm>
#include <optional>

#include "fruits/io/glob.h"

namespace fruits::io {
namespace {

// Whether a folder on the way, each with its '/', begins with a dot.
bool HasHiddenFolder(std::string_view folders) {
  return folders.starts_with('.') || folders.find("/.") != std::string_view::npos;
}

// The first `count` parts, without the '/' after them.
std::string_view FirstParts(std::string_view path, std::size_t count) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < count && end != std::string_view::npos; ++i) {
    end = path.find('/', i == 0 ? 0 : end + 1);
  }
  return path.substr(0, end);
}

}  // namespace

KeyFilter KeyFilter::Below(std::string folder, const std::vector<std::string>& name_globs) {
  KeyFilter filter(name_globs);
  filter.prefix_ = std::move(folder);
  return filter;
}

KeyFilter KeyFilter::Matching(std::string pattern, const std::vector<std::string>& name_globs) {
  bool takes_keys = true;
  while (pattern.ends_with("/**")) {
    pattern.resize(pattern.size() - 3);
    takes_keys = false;
  }
  if (pattern == "**") return Below("", name_globs);
  if (!takes_keys && !HasGlobSyntax(pattern)) return Below(pattern + "/", name_globs);
  KeyFilter filter(name_globs);
  filter.prefix_ = pattern.substr(0, pattern.find_first_of("*?["));
  filter.pattern_ = std::move(pattern);
  filter.takes_keys_ = takes_keys;
  return filter;
}

KeyFilter KeyFilter::Without(std::string folder) && {
  excluded_ = std::move(folder);
  return std::move(*this);
}

bool KeyFilter::IsExcluded(std::string_view key) const {
  return !excluded_.empty() && key.starts_with(excluded_);
}

bool KeyFilter::NameMatches(std::string_view name) const {
  return std::ranges::any_of(*name_globs_,
                             [&](const std::string& glob) { return GlobMatches(glob, name, true); });
}

bool KeyFilter::Enters(std::string_view folder) const {
  if (IsExcluded(folder)) return false;
  if (pattern_.empty()) return !HasHiddenFolder(folder.substr(prefix_.size()));
  folder.remove_suffix(1);
  // As many parts as both have, before a "**" that may stand for any: they match or nothing below does.
  const auto depth = static_cast<std::size_t>(std::ranges::count(folder, '/')) + 1;
  const auto parts = static_cast<std::size_t>(std::ranges::count(pattern_, '/')) + 1;
  std::size_t common = std::min(depth, parts);
  for (std::size_t i = 0; i < common; ++i) {
    std::string_view part = FirstParts(pattern_, i + 1);
    part.remove_prefix(i == 0 ? 0 : FirstParts(pattern_, i).size() + 1);
    if (part == "**") common = i;
  }
  return common == 0 || GlobMatches(FirstParts(pattern_, common), FirstParts(folder, common));
}

// Whether names in `folder` (with its '/', or empty) are taken by the name globs.
bool KeyFilter::PatternTakesFolder(std::string_view folder, bool& found) const {
  for (std::size_t slash = folder.find('/'); slash != std::string_view::npos;
       slash = folder.find('/', slash + 1)) {
    if (!GlobMatches(pattern_, folder.substr(0, slash))) continue;
    found = true;
    if (!HasHiddenFolder(folder.substr(slash + 1))) return true;
  }
  return false;
}

void KeyFilter::TakePhotos(const std::string& root, std::vector<S3Entry>& entries, std::string_view after,
                           std::vector<ListedPhoto>& photos, bool& found) const {
  std::optional<std::string> folder;  // of the key before, and whether its names are taken
  bool taken = false;
  for (S3Entry& entry : entries) {
    const std::string_view key = entry.key;
    if ((!after.empty() && key <= after) || IsExcluded(key)) continue;
    const std::size_t name = key.rfind('/') + 1;
    if (!folder || *folder != key.substr(0, name)) {
      folder = key.substr(0, name);
      taken = pattern_.empty()
                  ? !HasHiddenFolder(std::string_view(*folder).substr(std::min(prefix_.size(), name)))
                  : PatternTakesFolder(*folder, found);
    }
    if (pattern_.empty()) found = true;
    if (key.ends_with('/') && entry.object.size_bytes == 0) continue;
    const bool whole = !pattern_.empty() && takes_keys_ && GlobMatches(pattern_, key);
    found = found || whole;
    if (!whole && !(taken && NameMatches(key.substr(name)))) continue;
    photos.push_back(
        {root + entry.key, entry.object.size_bytes, entry.object.mtime_ns, std::move(entry.object.etag)});
  }
}

}  // namespace fruits::io
