#include "fruits/core/memory_share.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>

namespace fruits {

std::uint64_t CapByCgroup(const std::string& root, std::uint64_t machine) {
  for (const char* name : {"/memory.max", "/memory/memory.limit_in_bytes"}) {
    std::ifstream file(root + name);
    std::uint64_t limit = 0;
    if (file >> limit && limit > 0) return std::min(machine, limit);  // "max" is no number
  }
  return machine;
}

std::uint64_t UsableMemory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return std::numeric_limits<std::uint64_t>::max();
  return CapByCgroup("/sys/fs/cgroup", static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page));
}

}  // namespace fruits
