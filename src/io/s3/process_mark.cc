#include "io/s3/process_mark.h"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace fruits::io {
namespace {

constexpr int kStartTimeField = 22;  // of /proc/<pid>/stat, proc(5)

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "<boot id>/<process namespace>/"; empty where unknown.
std::string Place() {
  const std::string boot = FirstLine("/proc/sys/kernel/random/boot_id");
  char space[64];
  const ssize_t length = ::readlink("/proc/self/ns/pid", space, sizeof(space));
  if (boot.empty() || length <= 0) return "";
  return fmt::format("{}/{}/", boot, std::string_view(space, static_cast<std::size_t>(length)));
}

constexpr std::string_view kEnded = "ended";

// "<pid>/<start time>"; kEnded where it waits for its parent to notice; empty where nothing can be read.
std::string Identity(const std::string& pid) {
  const std::string line = FirstLine(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = line.rfind(')');  // the name before it may hold anything
  if (name_end == std::string::npos) return "";
  std::istringstream rest(line.substr(name_end + 1));
  const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  if (fields.size() <= kStartTimeField - 3) return "";
  if (fields[0] == "Z" || fields[0] == "X") return std::string(kEnded);
  return fmt::format("{}/{}", pid, fields[kStartTimeField - 3]);
}

}  // namespace

std::string ProcessMark() {
  const std::string place = Place();
  const std::string identity = Identity(std::to_string(::getpid()));
  return place.empty() || identity.empty() ? "" : place + identity;
}

bool IsKnownDead(std::string_view mark) {
  const std::string place = Place();
  if (place.empty() || !mark.starts_with(place)) return false;
  const std::string_view identity = mark.substr(place.size());
  const std::string pid(identity.substr(0, identity.find('/')));
  if (pid.empty() || pid.find_first_not_of("0123456789") != std::string::npos) return false;
  if (Identity(std::to_string(::getpid())).empty()) return false;  // nothing can be read here
  // Another user's process may be hidden from us: only one that is surely gone, or surely another, is dead.
  if (::kill(std::stoi(pid), 0) != 0) return errno == ESRCH;
  const std::string now = Identity(pid);
  return !now.empty() && now != identity;
}

}  // namespace fruits::io
