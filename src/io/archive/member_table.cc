#include "io/archive/member_table.h"

#include <fmt/core.h>

#include "fruits/io/uri.h"

namespace fruits::io {

std::string CleanMemberName(std::string_view raw) {
  raw = raw.substr(0, raw.find('\0'));
  while (raw.starts_with('/') || raw.starts_with("./")) raw.remove_prefix(raw.front() == '/' ? 1 : 2);
  std::string name;
  name.reserve(raw.size());
  for (const char c : raw) {
    if (c != '/' || name.empty() || name.back() != '/') name.push_back(c);
  }
  return name == "." ? std::string() : name;
}

std::string MemberAddress(std::string_view address, const ArchiveMember& member) {
  return fmt::format("{}!/{}", address, EncodePath(member.name));
}

std::unexpected<Error> BadMember(std::string_view address, const ArchiveMember& member,
                                 std::string_view why) {
  return Fail(ErrorCode::kCorrupt, fmt::format("{}: {}", MemberAddress(address, member), why));
}

Status CheckSize(std::string_view address, const ArchiveMember& member, std::uint64_t max_bytes) {
  if (max_bytes == 0 || member.size_bytes <= max_bytes) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{}: {} bytes; at most {} are read", MemberAddress(address, member),
                          member.size_bytes, max_bytes));
}

void AddProblem(std::string& problem, std::string_view what) {
  if (!problem.empty()) problem += "; ";
  problem += what;
}

}  // namespace fruits::io
