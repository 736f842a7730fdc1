// The members of a zip file: by its central directory, or, where that is missing, by the headers before the
// members. Threads: one user. Memory: the table's.
#pragma once

#include <cstdint>
#include <string>

#include "fruits/core/error.h"
#include "io/archive/block_reader.h"
#include "io/archive/member_table.h"
#include "io/archive/zip_entry.h"

namespace fruits::io {

struct ZipListing {
  MemberTable<ZipPlace> members;
  std::string problem;
};

// kCorrupt: no zip file, or one part of several.
Result<ZipListing> ListZip(const std::string& address, BlockReader& reader, std::int64_t mtime_ns);

// For a file that lost its end: header after header, as far as they go. A member whose length only a
// descriptor behind it tells is unpacked to find its end.
Status RecoverZip(BlockReader& reader, std::int64_t mtime_ns, ZipListing& listing);

// Regular files go to the table. False: it is full.
bool AddZipEntry(ZipListing& listing, std::string_view name, const ZipEntry& entry, std::int64_t mtime_ns);

}  // namespace fruits::io
