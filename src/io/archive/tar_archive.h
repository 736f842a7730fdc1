// tar and tar.gz behind the interface Archive.
// Threads and memory: as archive.h says.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "io/archive/archive.h"

namespace fruits::io {

struct ArchiveSource {
  std::string address;
  std::unique_ptr<RandomReader> reader;
  std::int64_t mtime_ns = 0;
  std::stop_token stop;
};

Result<std::unique_ptr<Archive>> OpenTar(ArchiveSource source, std::string& problem);
Result<std::unique_ptr<Archive>> OpenTarGz(ArchiveSource source, std::string& problem);

}  // namespace fruits::io
