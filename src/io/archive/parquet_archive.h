// Parquet with files in a column of bytes, behind the interface Archive: columns path (or file_name,
// filename) and bytes (or content, data, image), or Hugging Face's struct image {bytes, path}.
//
// A row whose path is null or missing is named row-000012 with the ending its first bytes tell. Threads and
// memory: as archive.h says; beside it, the pages of two columns being read, for which Arrow gets at most 1
// GiB.
#pragma once

#include <memory>
#include <string>

#include "io/archive/archive.h"
#include "io/archive/tar_archive.h"

namespace fruits::io {

Result<std::unique_ptr<Archive>> OpenParquetOfBytes(ArchiveSource source, std::string& problem);

}  // namespace fruits::io
