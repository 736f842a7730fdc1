// How much memory this process may use: the machine's, capped by the container's limit (cgroup v2 memory.max,
// v1 memory.limit_in_bytes). What others use of it is not looked at. Threads: any.
#pragma once

#include <cstdint>
#include <string>

namespace fruits {

std::uint64_t UsableMemory();  // bytes

// `machine`, or less where the limit that a cgroup file system mounted at `root` shows at its top, as it does
// inside a container, is less. UsableMemory() calls it with "/sys/fs/cgroup".
std::uint64_t CapByCgroup(const std::string& root, std::uint64_t machine);

}  // namespace fruits
