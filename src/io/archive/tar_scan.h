// The pass over a tar file that finds its members.
//
//   TarScan scan(address, mtime_ns);
//   FRUITS_CHECK(scan.Run(forward));
//   scan.members().Finish();
//
// Threads: one user. Memory: the table's; a pax header or long name has at most 1 MiB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fruits/core/error.h"
#include "io/archive/forward_reader.h"
#include "io/archive/member_table.h"
#include "io/archive/tar_header.h"

namespace fruits::io {

enum class TarFault : std::uint8_t { kNone, kCut, kSparse, kNoTarget };

struct TarPlace {
  std::uint64_t offset = 0;
  TarFault fault = TarFault::kNone;
};

class TarScan {
 public:
  TarScan(std::string address, std::int64_t mtime_ns) : address_(std::move(address)), mtime_ns_(mtime_ns) {}

  // kCorrupt: no tar file; else the reader's errors.
  Status Run(ForwardReader& reader);
  const std::string& problem() const { return problem_; }
  MemberTable<TarPlace>& members() { return members_; }

 private:
  // False: the archive has ended there.
  Result<bool> Next(ForwardReader& reader);
  Result<bool> Follow(ForwardReader& reader, const TarHeader& header);
  Result<bool> AddFile(ForwardReader& reader, const TarHeader& header);
  bool AddLink(const TarHeader& header);
  Result<bool> ReadExtras(ForwardReader& reader, const TarHeader& header);
  Result<bool> SkipSparseMap(ForwardReader& reader, TarHeader header);
  Result<bool> SkipData(ForwardReader& reader, std::uint64_t size_bytes);
  bool Add(const TarHeader& header, std::uint64_t size_bytes, const TarPlace& place);
  void ResolveLinks();

  const std::string address_;
  const std::int64_t mtime_ns_;
  MemberTable<TarPlace> members_;
  std::string problem_;
  TarExtras global_;
  TarExtras extras_;
  bool end_mark_ = false;
  bool in_damage_ = false;
  std::size_t damaged_ = 0;
  std::vector<std::pair<std::size_t, std::string>> links_;  // a member's number and what it is a link to
};

}  // namespace fruits::io
