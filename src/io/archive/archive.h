// A container of photos: tar, tar.gz (tgz), zip, or Parquet with the bytes in a column. Its members are rows
// of the catalog with raw paths "<archive>!/<member>", and are read by streaming: neighbours in the archive
// cost no request of their own.
//
//   FRUITS_TRY(auto archive, OpenArchive(address, std::move(reader), mtime_ns, stop, problem));
//   for (const ArchiveMember& member : archive->members()) ...
//   FRUITS_CHECK(archive->Read(3, bytes, max_bytes));
//
// Threads: any; reads of one archive may be at once, and then ask its RandomReader at once, for different
// blocks. Memory: the members' names and 80 bytes each, and at most 4 blocks of 8 MiB that were read last;
// tar.gz: also 32 KiB for each 8 MiB of content, to start from in the middle, and 8 MiB more for each block
// on its way. At most 10,000,000 members and 1 GiB of names: `problem` tells of more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/file.h"

namespace fruits::io {

struct ArchiveMember {
  std::string name;  // raw; "./" before it and repeated or leading '/' taken away, ".." kept as it is
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;  // the archive's own where the member has none
};

class Archive {
 public:
  virtual ~Archive() = default;
  // Regular files (tar: and hard links to them) in byte order of names; of members of one name the last in
  // the archive counts, as tar extracts them. Those known to be damaged are among them.
  virtual const std::vector<ArchiveMember>& members() const = 0;
  // A member's bytes replace `body`, which is empty after an error. kCorrupt: damaged there (a checksum, a
  // cut stream) or of a kind that is not read (encrypted, sparse): that member alone is bad;
  // kInvalidArgument: larger than max_bytes (0: no limit); else the RandomReader's errors. At most max_bytes
  // are unpacked, whatever the archive claims.
  virtual Status Read(std::size_t member, std::vector<std::byte>& body, std::uint64_t max_bytes) = 0;
};

// By the end of the name: .tar .tar.gz .tgz .zip .parquet, in any case.
bool IsArchiveName(std::string_view name);

// Reads what is needed to know the members: a zip's directory; all of a tar, tar.gz or Parquet file, in its
// order. `address` (its end tells the kind) is for messages. kCorrupt names the archive and what is wrong; an
// archive that is cut short or damaged in parts gives the members that are left and says so in `problem`,
// else that is "". kCancelled after `stop`, which also ends later reads. The reader must bear several users
// at once.
Result<std::unique_ptr<Archive>> OpenArchive(const std::string& address, std::unique_ptr<RandomReader> reader,
                                             std::int64_t mtime_ns, std::stop_token stop,
                                             std::string& problem);

}  // namespace fruits::io
