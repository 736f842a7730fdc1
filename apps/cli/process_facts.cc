#include "process_facts.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "fruits/core/cpu_share.h"

namespace fruits::cli {
namespace {

double SecondsSinceBoot() {
  double seconds = 0;
  std::ifstream("/proc/uptime") >> seconds;
  return seconds;
}

}  // namespace

ProcessFacts ReadProcessFacts() {
  ProcessFacts facts{.cpu_seconds = CpuSeconds()};
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  // proc(5): the name in parentheses may hold anything; from the third field on there are only numbers.
  std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 2)));
  std::string skipped;
  for (int field = 3; field < 20; ++field) fields >> skipped;
  double start_ticks = 0;
  std::uint64_t pages = 0;
  fields >> facts.threads >> skipped >> start_ticks >> facts.virtual_bytes >> pages;
  facts.resident_bytes = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  facts.start_seconds = now - SecondsSinceBoot() + start_ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
       it.increment(error))
    ++facts.open_files;
  return facts;
}

}  // namespace fruits::cli
