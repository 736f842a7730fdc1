// What the system says of this process.
// Threads: any.
#pragma once

#include <cstdint>

namespace fruits::cli {

struct ProcessFacts {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  double start_seconds = 0;  // since the epoch
  std::uint64_t open_files = 0;
  std::uint64_t threads = 0;
};

// What cannot be read is 0.
ProcessFacts ReadProcessFacts();

}  // namespace fruits::cli
