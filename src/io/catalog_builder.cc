#include "io/catalog_builder.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "fruits/io/uri.h"

namespace fruits {
namespace {

constexpr std::uint32_t kMaxNameBytes = 0xFFFFFF;
constexpr std::uint32_t kMaxEtagBytes = 0xFF;

}  // namespace

std::string Catalog::RawPath(std::size_t i) const {
  const Row& row = rows_[i];
  std::string path;
  path.reserve(folders_[row.folder].size() + row.name_length);
  path.append(folders_[row.folder]).append(names_, row.name_offset, row.name_length);
  return path;
}

std::string Catalog::Path(std::size_t i) const { return UriOfRawPath(RawPath(i)).ToString(); }

std::string_view Catalog::etag(std::size_t i) const {
  const Row& row = rows_[i];
  return std::string_view(names_).substr(row.name_offset + row.name_length, row.etag_length);
}

Status Catalog::Append(const ListedPhoto& photo) {
  const auto refuse = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} {}", UriOfRawPath(photo.raw).ToString(), why));
  };
  if (!rows_.empty() && photo.raw <= RawPath(rows_.size() - 1)) return refuse("was listed out of order");
  const std::size_t name_at = photo.raw.rfind('/') + 1;
  const std::size_t name_length = photo.raw.size() - name_at;
  if (name_length > kMaxNameBytes || photo.etag.size() > kMaxEtagBytes)
    return refuse("has too long a name or ETag");
  const std::string_view folder = std::string_view(photo.raw).substr(0, name_at);
  if (folders_.empty() || folders_.back() != folder) folders_.emplace_back(folder);
  rows_.push_back({.folder = static_cast<std::uint32_t>(folders_.size() - 1),
                   .name_length = static_cast<std::uint32_t>(name_length) & kMaxNameBytes,
                   .etag_length = static_cast<std::uint32_t>(photo.etag.size()) & kMaxEtagBytes,
                   .name_offset = names_.size(),
                   .size_bytes = photo.size_bytes,
                   .mtime_ns = photo.mtime_ns});
  names_.append(photo.raw, name_at).append(photo.etag);
  return {};
}

std::size_t Catalog::memory_bytes() const {
  std::size_t bytes =
      names_.capacity() + rows_.capacity() * sizeof(Row) + folders_.capacity() * sizeof(std::string);
  for (const std::string& folder : folders_) bytes += folder.capacity() + 1;
  for (const ListingProblem& problem : problems_) {
    bytes += sizeof problem + problem.path.capacity() + problem.reason.capacity();
  }
  return bytes;
}

std::uint32_t CatalogBuilder::AddFolder(std::string_view folder) {
  catalog_.folders_.emplace_back(folder);
  return static_cast<std::uint32_t>(catalog_.folders_.size() - 1);
}

void CatalogBuilder::AddPhoto(std::uint32_t folder, std::string_view name, std::uint64_t size_bytes,
                              std::int64_t mtime_ns) {
  catalog_.rows_.push_back({.folder = folder,
                            .name_length = static_cast<std::uint32_t>(name.size()) & kMaxNameBytes,
                            .name_offset = catalog_.names_.size(),
                            .size_bytes = size_bytes,
                            .mtime_ns = mtime_ns});
  catalog_.names_.append(name);
}

void Catalog::Complete(std::vector<ListingProblem> problems) {
  problems_ = std::move(problems);
  folders_.shrink_to_fit();
  names_.shrink_to_fit();
  rows_.shrink_to_fit();
}

void CatalogBuilder::AddProblem(std::string_view raw_path, std::string_view reason) {
  catalog_.problems_.push_back({UriOfRawPath(raw_path).ToString(), std::string(reason)});
}

// Afterwards folders are in byte order, each once, and rows point to them.
void CatalogBuilder::SortFolders() {
  std::vector<std::string>& folders = catalog_.folders_;
  std::vector<std::uint32_t> order(folders.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](std::uint32_t i) -> const std::string& { return folders[i]; });
  std::vector<std::uint32_t> renumbered(folders.size());
  std::vector<std::string> sorted;
  sorted.reserve(folders.size());
  for (const std::uint32_t i : order) {
    // An equal one before it was moved out of `folders`, so compare with what it became.
    if (sorted.empty() || sorted.back() != folders[i]) sorted.push_back(std::move(folders[i]));
    renumbered[i] = static_cast<std::uint32_t>(sorted.size() - 1);
  }
  sorted.shrink_to_fit();
  folders = std::move(sorted);
  for (Catalog::Row& row : catalog_.rows_) row.folder = renumbered[row.folder];
}

// Byte order of whole paths without building them. Folders that do not lie within one another decide by their
// own order; where folder B lies within A, a photo of A compares its name with the rest of B's path.
void CatalogBuilder::SortRows() {
  const std::vector<std::string>& folders = catalog_.folders_;
  // Strings that start with folders[f] follow it without a gap; last_within[f] is the last of them.
  std::vector<std::uint32_t> last_within(folders.size());
  for (std::size_t f = folders.size(); f-- > 0;) {
    std::uint32_t last = static_cast<std::uint32_t>(f);
    while (last + 1 < folders.size() && folders[last + 1].starts_with(folders[f]))
      last = last_within[last + 1];
    last_within[f] = last;
  }
  const std::string_view names = catalog_.names_;
  const auto name_of = [&](const Catalog::Row& row) {
    return names.substr(row.name_offset, row.name_length);
  };
  // a's folder contains b's, or is the same.
  const auto compare_within = [&](const Catalog::Row& a, const Catalog::Row& b) {
    const std::string_view name = name_of(a);
    const std::string_view rest = std::string_view(folders[b.folder]).substr(folders[a.folder].size());
    if (const int order = name.substr(0, rest.size()).compare(rest); order != 0) return order;
    // Only for rest == "": a file's name has no '/' and `rest` ends in one.
    return name.substr(rest.size()).compare(name_of(b));
  };
  const auto less = [&](const Catalog::Row& a, const Catalog::Row& b) {
    if (a.folder <= b.folder && b.folder <= last_within[a.folder]) return compare_within(a, b) < 0;
    if (b.folder < a.folder && a.folder <= last_within[b.folder]) return compare_within(b, a) > 0;
    return a.folder < b.folder;
  };
  std::ranges::sort(catalog_.rows_, less);
  const auto repeated =
      std::ranges::unique(catalog_.rows_, [&](const Catalog::Row& a, const Catalog::Row& b) {
        return a.folder == b.folder && name_of(a) == name_of(b);
      });
  catalog_.rows_.erase(repeated.begin(), repeated.end());
}

// Drops rows past the limit, and the names and folders that no row uses any more.
void CatalogBuilder::KeepFirst(std::size_t limit) {
  std::vector<Catalog::Row>& rows = catalog_.rows_;
  if (limit > 0 && limit < rows.size()) rows.resize(limit);
  std::size_t used = 0;
  for (const Catalog::Row& row : rows) used += row.name_length;
  if (used < catalog_.names_.size()) {
    std::string names;
    names.reserve(used);
    for (Catalog::Row& row : rows) {
      const std::size_t offset = names.size();
      names.append(catalog_.names_, row.name_offset, row.name_length);
      row.name_offset = offset;
    }
    catalog_.names_ = std::move(names);
  }
  std::vector<std::string> folders;
  std::vector<std::uint32_t> renumbered(catalog_.folders_.size(), 0);
  for (const Catalog::Row& row : rows) renumbered[row.folder] = 1;
  for (std::size_t f = 0; f < renumbered.size(); ++f) {
    if (renumbered[f] == 0) continue;
    renumbered[f] = static_cast<std::uint32_t>(folders.size());
    folders.push_back(std::move(catalog_.folders_[f]));
  }
  for (Catalog::Row& row : rows) row.folder = renumbered[row.folder];
  folders.shrink_to_fit();
  catalog_.folders_ = std::move(folders);
  catalog_.names_.shrink_to_fit();
  rows.shrink_to_fit();
}

Catalog CatalogBuilder::Finish(std::size_t limit) {
  SortFolders();
  SortRows();
  KeepFirst(limit);
  auto& problems = catalog_.problems_;
  std::ranges::sort(problems, {}, [](const ListingProblem& p) -> const std::string& { return p.path; });
  const auto repeated =
      std::ranges::unique(problems, {}, [](const ListingProblem& p) -> const std::string& { return p.path; });
  problems.erase(repeated.begin(), repeated.end());
  return std::move(catalog_);
}

}  // namespace fruits
