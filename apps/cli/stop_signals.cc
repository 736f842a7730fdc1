#include "stop_signals.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "exit_code.h"
#include "speak.h"

namespace fruits::cli {
namespace {

// A handler and not sigwait: libraries have threads before main() whose signal masks nobody set.
int stop_pipe[2] = {-1, -1};

void OnStopSignal(int) {
  const int before = errno;
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = write(stop_pipe[1], &byte, 1);
  errno = before;
}

// A run ends by itself well within this; if not, what is complete on disk is enough to go on from.
constexpr int kPatienceMs = 1900;
constexpr int kSameWishMs = 1000;

// True for a signal, false when the time is over; waits for ever where it is negative.
bool WaitForSignal(int milliseconds) {
  pollfd waited = {.fd = stop_pipe[0], .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = poll(&waited, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  char byte = 0;
  return ready > 0 && read(stop_pipe[0], &byte, 1) == 1;
}

}  // namespace

std::stop_token CatchStopSignals(std::string_view afterwards) {
  std::stop_source source;
  if (pipe2(stop_pipe, O_CLOEXEC) != 0)
    return source.get_token();  // then a signal ends the process, as by default
  std::thread([source, afterwards]() mutable {
    WaitForSignal(-1);
    source.request_stop();
    // One key press or one `timeout` may send several signals at once: those of the first moment are the same
    // wish.
    const auto begin = std::chrono::steady_clock::now();
    const auto passed_ms = [&] {
      return static_cast<int>(
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin)
              .count());
    };
    while (passed_ms() < kPatienceMs &&
           (!WaitForSignal(std::max(0, kPatienceMs - passed_ms())) || passed_ms() < kSameWishMs)) {
    }
    Say("fruits: stopped at once; {}", afterwards);
    _exit(kInterrupted);
  }).detach();
  struct sigaction action = {};
  action.sa_handler = OnStopSignal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);
  return source.get_token();
}

}  // namespace fruits::cli
