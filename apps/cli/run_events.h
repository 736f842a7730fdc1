// A run as JSON lines on stderr (--log-format json): its phases, its progress at a steady rate, also while
// nothing moves, and the photos that it rejects.
//
//   RunEvents events(std::chrono::seconds(5), true);
//   events.Show(progress);  // whenever there is something new
//
// Threads: any. Memory: the latest progress.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "fruits/core/progress.h"
#include "fruits/io/feature_part.h"

namespace fruits::cli {

class RunEvents {
 public:
  // Without progress: only phases and rejected photos.
  RunEvents(std::chrono::duration<double> interval, bool with_progress);
  ~RunEvents();
  RunEvents(const RunEvents&) = delete;
  RunEvents& operator=(const RunEvents&) = delete;

  void Show(const Progress& progress);
  static void Reject(const RejectedRow& photo);

 private:
  void Tick(const std::stop_token& stop);
  void LogProgress() const;  // under the lock

  const std::chrono::duration<double> interval_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::optional<Progress> last_;
  std::chrono::steady_clock::time_point last_at_{};
  std::jthread ticker_;  // last: it ends before what it reads
};

}  // namespace fruits::cli
