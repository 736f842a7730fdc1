#include <chrono>
#include <ctime>

#include "loops.h"

namespace fruits::bench {
namespace {

double Wall() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Cpu() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

Stopwatch::Stopwatch() : wall_(Wall()), cpu_(Cpu()) {}

void Stopwatch::Stop(Speed& speed) const {
  speed.seconds = Wall() - wall_;
  speed.cpu_seconds = Cpu() - cpu_;
}

}  // namespace fruits::bench
