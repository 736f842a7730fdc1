// How many threads this process may really use: the scheduling affinity capped by the container's CPU quota
// (cgroup v2 cpu.max, v1 cpu.cfs_quota_us / cpu.cfs_period_us; a fraction rounds up).
// Threads: any. UsableCpus reads files each time; keep the result.
#pragma once

#include <optional>
#include <string>

namespace fruits {

int UsableCpus();      // >= 1
int ThreadsPerCore();  // 1 or more, of the first CPU; 1 where the system (a virtual machine) does not tell

double CpuSeconds();  // that all threads of this process have used

// The quota in CPUs that a cgroup file system mounted at `root` gives the process described by the text of
// /proc/self/cgroup; empty where there is none. UsableCpus() calls it with "/sys/fs/cgroup".
std::optional<double> CgroupCpuQuota(const std::string& root, const std::string& proc_self_cgroup);

}  // namespace fruits
