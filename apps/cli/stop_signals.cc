#include "stop_signals.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "exit_code.h"

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

void WaitForSignal() {
  char byte = 0;
  while (read(stop_pipe[0], &byte, 1) < 0 && errno == EINTR) {
  }
}

}  // namespace

std::stop_token CatchStopSignals() {
  std::stop_source source;
  if (pipe(stop_pipe) != 0) return source.get_token();  // then a signal ends the process, as by default
  std::thread([source]() mutable {
    WaitForSignal();
    source.request_stop();
    WaitForSignal();
    _exit(kInterrupted);
  }).detach();
  struct sigaction action = {};
  action.sa_handler = OnStopSignal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return source.get_token();
}

}  // namespace fruits::cli
