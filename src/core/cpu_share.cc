#include "fruits/core/cpu_share.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <thread>

namespace fruits {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// "150000 100000" or "max 100000".
std::optional<double> QuotaV2(const std::string& text) {
  std::istringstream in(text);
  double quota = 0;
  double period = 0;
  if (in >> quota >> period && quota > 0 && period > 0) return quota / period;
  return std::nullopt;
}

std::optional<double> QuotaV1(const std::string& folder) {
  std::istringstream quota_text(ReadText(folder + "/cpu.cfs_quota_us"));
  std::istringstream period_text(ReadText(folder + "/cpu.cfs_period_us"));
  double quota = 0;
  double period = 0;
  if (quota_text >> quota && period_text >> period && quota > 0 && period > 0) return quota / period;
  return std::nullopt;
}

void Tighten(std::optional<double>& quota, std::optional<double> other) {
  if (other && (!quota || *other < *quota)) quota = other;
}

}  // namespace

std::optional<double> CgroupCpuQuota(const std::string& root, const std::string& proc_self_cgroup) {
  std::optional<double> quota;
  std::istringstream lines(proc_self_cgroup);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    std::string path = line.substr(second + 1);
    const bool v2 = controllers == ",,";
    if (!v2 && controllers.find(",cpu,") == std::string::npos) continue;
    // Every ancestor's quota binds too; inside a container the path may not exist under the mount.
    while (true) {
      if (path == "/") path.clear();
      if (v2) {
        Tighten(quota, QuotaV2(ReadText(root + path + "/cpu.max")));
      } else {
        Tighten(quota, QuotaV1(root + "/cpu" + path));
        Tighten(quota, QuotaV1(root + "/cpu,cpuacct" + path));
      }
      if (path.empty()) break;
      path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
    }
  }
  return quota;
}

int UsableCpus() {
  int cpus = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) cpus = std::max(1, CPU_COUNT(&set));
  if (const auto quota = CgroupCpuQuota("/sys/fs/cgroup", ReadText("/proc/self/cgroup"))) {
    cpus = std::min(cpus, std::max(1, static_cast<int>(std::ceil(*quota - 1e-9))));
  }
  return cpus;
}

int ThreadsPerCore() {
  // "0", "0-1", "0,32": the CPUs that share the first one's core.
  std::istringstream list(ReadText("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list"));
  int threads = 0;
  for (std::string piece; std::getline(list, piece, ',');) {
    int first = 0;
    int last = 0;
    char dash = 0;
    std::istringstream in(piece);
    if (!(in >> first)) continue;
    threads += in >> dash >> last ? std::max(1, last - first + 1) : 1;
  }
  return std::max(1, threads);
}

double CpuSeconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace fruits
