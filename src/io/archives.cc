#include "io/archives.h"

#include <fmt/core.h>

#include <algorithm>

#include "fruits/core/try.h"
#include "fruits/io/glob.h"

namespace fruits::io {
namespace {

constexpr std::string_view kMark = "!/";

// As for files in a folder: by the name, and nothing in a hidden folder.
bool IsWanted(std::string_view member, const std::vector<std::string>& name_globs) {
  if (member.starts_with('.') || member.find("/.") != std::string_view::npos) {
    const std::size_t name = member.rfind('/') + 1;
    const std::string_view folders = member.substr(0, name);
    if (folders.starts_with('.') || folders.find("/.") != std::string_view::npos) return false;
  }
  const std::string_view name = member.substr(member.rfind('/') + 1);
  return std::ranges::any_of(name_globs,
                             [&](const std::string& glob) { return GlobMatches(glob, name, true); });
}

// Members have no ETag. The archive's, or its size and time, stands for what they hold.
std::string EtagOf(const ListedPhoto& archive) {
  return archive.etag.empty() ? fmt::format("{}-{}", archive.size_bytes, archive.mtime_ns) : archive.etag;
}

}  // namespace

Result<std::optional<std::vector<ListedPhoto>>> Archives::Expand(const ListedPhoto& photo,
                                                                 const std::vector<std::string>& name_globs,
                                                                 std::vector<ListingProblem>& problems) {
  if (!IsArchiveName(photo.raw)) {
    LeaveMember(photo.raw, problems);
    return std::nullopt;
  }
  const Uri uri = UriOfRawPath(photo.raw);
  std::string problem;
  const auto open = [&]() -> Result<std::unique_ptr<Archive>> {
    FRUITS_TRY(auto reader, open_(uri));
    return OpenArchive(uri.ToString(), std::move(reader), photo.mtime_ns, stop_, problem);
  };
  auto archive = open();
  std::vector<ListedPhoto> members;
  if (!archive && archive.error().code() != ErrorCode::kCorrupt) return std::unexpected(archive.error());
  if (!archive) problem = archive.error().message();
  if (!problem.empty()) problems.push_back({.path = uri.ToString(), .reason = problem});
  if (!archive) return members;
  const std::string etag = EtagOf(photo);
  const bool is_inside = photo.raw.find(kMark) != std::string::npos;
  for (const ArchiveMember& member : (*archive)->members()) {
    if (!IsWanted(member.name, name_globs)) continue;
    std::string raw = fmt::format("{}{}{}", photo.raw, kMark, member.name);
    if (is_inside && LeaveSecond(raw, uri, problems)) continue;
    members.push_back(
        {.raw = std::move(raw), .size_bytes = member.size_bytes, .mtime_ns = member.mtime_ns, .etag = etag});
  }
  const std::lock_guard lock(mutex_);
  known_[photo.raw] = {.archive = std::move(*archive), .etag = etag, .name_globs = name_globs};
  return members;
}

// A loose file below a folder "x.tar!" is itself, whatever the archive x.tar beside it holds.
void Archives::LeaveMember(const std::string& raw_path, std::vector<ListingProblem>& problems) {
  const Place place = Find(raw_path);
  if (!place.archive) return;
  const std::lock_guard lock(mutex_);
  loose_.insert(raw_path);
  problems.push_back({.path = UriOfRawPath(raw_path).ToString(),
                      .reason = fmt::format("the member of {}, as a file has the same path and is taken",
                                            UriOfRawPath(place.archive_path).ToString())});
}

// An archive below a folder "x.tar!", of whose members x.tar itself holds one by the same path.
bool Archives::LeaveSecond(const std::string& raw_path, const Uri& archive,
                           std::vector<ListingProblem>& problems) const {
  const Place place = Find(raw_path);
  if (!place.archive) return false;
  problems.push_back(
      {.path = UriOfRawPath(raw_path).ToString(),
       .reason = fmt::format("the member of {}, as one of {} has the same path and is taken",
                             archive.ToString(), UriOfRawPath(place.archive_path).ToString())});
  return true;
}

Archives::Place Archives::Find(const std::string& raw_path) const {
  const std::lock_guard lock(mutex_);
  if (known_.empty() || loose_.contains(raw_path)) return {};
  for (std::size_t mark = raw_path.find(kMark); mark != std::string::npos;
       mark = raw_path.find(kMark, mark + 1)) {
    const auto known = known_.find(raw_path.substr(0, mark));
    if (known == known_.end()) continue;
    const std::vector<ArchiveMember>& members = known->second.archive->members();
    const std::string_view name = std::string_view(raw_path).substr(mark + kMark.size());
    const auto member = std::ranges::lower_bound(members, name, {}, &ArchiveMember::name);
    if (member == members.end() || member->name != name || !IsWanted(name, known->second.name_globs))
      continue;
    return {.archive = known->second.archive,
            .archive_path = known->first,
            .etag = known->second.etag,
            .member = static_cast<std::size_t>(member - members.begin())};
  }
  return {};
}

Result<FileFacts> Archives::Read(const std::string& raw_path, std::vector<std::byte>& buffer,
                                 std::uint64_t max_bytes) const {
  const Place place = Find(raw_path);
  if (!place.archive) {
    return Fail(ErrorCode::kInternal,
                UriOfRawPath(raw_path).ToString() + " was not listed as an archive's member");
  }
  FRUITS_CHECK(place.archive->Read(place.member, buffer, max_bytes));
  const ArchiveMember& member = place.archive->members()[place.member];
  return FileFacts{.size_bytes = member.size_bytes, .mtime_ns = member.mtime_ns, .etag = place.etag};
}

}  // namespace fruits::io
