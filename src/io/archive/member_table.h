// The members of an archive as they are found, and then in their order: with each, where it lies.
//
//   MemberTable<Place> table;
//   if (!table.Add("./a/b.jpg", size, mtime, place)) ...   // full, or no name
//   table.Finish();                                        // by names, the last of each
//
// Threads: one until Finish(), then any. Memory: names, 48 bytes and a Place for each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/archive/archive.h"

namespace fruits::io {

inline constexpr std::size_t kMembersMax = 10'000'000;
inline constexpr std::size_t kNameBytesMax = std::size_t{1} << 30;

// Up to the first NUL, without "./" and '/' before it, "//" as "/".
std::string CleanMemberName(std::string_view raw);

template <typename Place>
class MemberTable {
 public:
  bool full() const { return found_.size() >= kMembersMax || name_bytes_ >= kNameBytesMax; }

  // False, and nothing added: no name is left, or the table is full.
  bool Add(std::string_view raw_name, std::uint64_t size_bytes, std::int64_t mtime_ns, const Place& place) {
    if (full()) return false;
    std::string name = CleanMemberName(raw_name);
    if (name.empty()) return false;
    name_bytes_ += name.size();
    found_.push_back(
        {{std::move(name), size_bytes, mtime_ns}, place, static_cast<std::uint32_t>(found_.size())});
    return true;
  }

  struct Found {
    ArchiveMember member;
    Place place;
    std::uint32_t number;  // in the archive's order
  };
  // In the archive's order; empty after Finish().
  std::vector<Found>& found() { return found_; }

  void Finish() {
    std::ranges::sort(found_, [](const Found& a, const Found& b) {
      const int order = a.member.name.compare(b.member.name);
      return order != 0 ? order < 0 : a.number < b.number;
    });
    for (std::size_t i = 0; i < found_.size(); ++i) {
      if (i + 1 < found_.size() && found_[i].member.name == found_[i + 1].member.name) continue;
      members_.push_back(std::move(found_[i].member));
      places_.push_back(found_[i].place);
    }
    found_ = {};
  }

  const std::vector<ArchiveMember>& members() const { return members_; }
  const Place& place(std::size_t member) const { return places_[member]; }

 private:
  std::vector<Found> found_;
  std::size_t name_bytes_ = 0;
  std::vector<ArchiveMember> members_;
  std::vector<Place> places_;
};

// "<address>!/<member>" for messages.
std::string MemberAddress(std::string_view address, const ArchiveMember& member);
// kCorrupt: "<address>!/<member>: <why>".
std::unexpected<Error> BadMember(std::string_view address, const ArchiveMember& member, std::string_view why);
// kInvalidArgument where the member is larger than max_bytes (0: no limit).
Status CheckSize(std::string_view address, const ArchiveMember& member, std::uint64_t max_bytes);
// "a" and then "; b".
void AddProblem(std::string& problem, std::string_view what);
inline constexpr std::string_view kTooManyMembers =
    "it has more than 10,000,000 members or 1 GiB of names: the rest is left out";

}  // namespace fruits::io
