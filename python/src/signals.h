// Long calls that Ctrl-C ends: the work runs in a thread of its own without Python's lock, while the calling
// thread looks for signals.
//
//   Check(UntilSignal([&](std::stop_source stop) { return Run(options, {.stop = stop.get_token()}); }));
//
// `work` touches no Python object without taking the lock. Threads: called with Python's lock held.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <future>
#include <stop_token>

namespace fruits::python {

inline constexpr std::chrono::milliseconds kSignalInterval{50};

template <typename Work>
auto UntilSignal(Work work) {
  std::stop_source stop;
  auto result = std::async(std::launch::async, [&work, stop] { return work(stop); });
  bool is_done = false;
  while (!is_done) {
    {
      const nanobind::gil_scoped_release released;
      is_done = result.wait_for(kSignalInterval) == std::future_status::ready;
    }
    if (is_done || PyErr_CheckSignals() == 0) continue;
    stop.request_stop();
    {
      const nanobind::gil_scoped_release released;
      result.wait();
    }
    throw nanobind::python_error();
  }
  return result.get();
}

}  // namespace fruits::python
