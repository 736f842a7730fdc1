// zip behind the interface Archive.
// Threads and memory: as archive.h says.
#pragma once

#include <memory>
#include <string>

#include "io/archive/archive.h"
#include "io/archive/tar_archive.h"

namespace fruits::io {

Result<std::unique_ptr<Archive>> OpenZip(ArchiveSource source, std::string& problem);

}  // namespace fruits::io
