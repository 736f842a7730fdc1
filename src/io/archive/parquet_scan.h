// The pass over a Parquet file that finds its members and cuts each row group into chunks of about 8 MiB.
// Threads: one user. Memory: the table's, 24 bytes a chunk, the pages of two columns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "io/archive/member_table.h"
#include "io/archive/parquet_column.h"

namespace fruits::io {

// Rows of one row group, read together.
struct ParquetChunk {
  int row_group = 0;
  std::int64_t first_row = 0;
  std::int64_t rows = 0;
  std::uint64_t size_bytes = 0;
};

struct ParquetPlace {
  static constexpr std::uint32_t kNull = 0xFFFFFFFF;
  static constexpr std::uint32_t kDamaged = 0xFFFFFFFE;
  std::uint64_t offset = 0;  // in the chunk's bytes
  std::uint32_t chunk = kDamaged;
};

struct ParquetListing {
  int bytes_leaf = -1;
  MemberTable<ParquetPlace> members;
  std::vector<ParquetChunk> chunks;
  std::string problem;
};

// kCorrupt: no column of bytes by a known name.
Result<ParquetListing> ListParquet(const std::string& address, const ByteColumns& columns,
                                   std::int64_t mtime_ns);

}  // namespace fruits::io
