// Turns counts into progress events, at most ten a second within a phase.
// Threads: one user.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "fruits/core/progress.h"

namespace fruits {

class ProgressMeter {
 public:
  using Clock = std::chrono::steady_clock;
  explicit ProgressMeter(OnProgress on_progress)
      : on_progress_(std::move(on_progress)), began_(Clock::now()) {}

  // `already` rows are done before the phase begins: they count as done, not for the speed.
  void Begin(Phase phase, std::uint64_t total, std::uint64_t already = 0) {
    Close();
    now_ = {};
    now_.phase = phase;
    now_.total = total;
    now_.done = already_ = already;
    phase_began_ = Clock::now();
    in_phase_ = true;
    Send();
  }

  void Advance(std::uint64_t done, std::uint64_t rejected) { Advance(done, rejected, now_.total, already_); }

  // Where the total and what was done before become known on the way.
  void Advance(std::uint64_t done, std::uint64_t rejected, std::uint64_t total, std::uint64_t already) {
    now_.done = done;
    now_.rejected = rejected;
    now_.total = total;
    already_ = already;
    if (Clock::now() - last_sent_ >= std::chrono::milliseconds(100) || done == now_.total) Send();
  }

  // Ends the phase; its seconds are then in seconds().
  void Close() {
    if (in_phase_) seconds_[std::string(ToString(now_.phase))] += Since(phase_began_);
    in_phase_ = false;
  }

  double elapsed() const { return Since(began_); }
  Clock::time_point began() const { return began_; }
  const std::map<std::string, double>& seconds() const { return seconds_; }

 private:
  static double Since(Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
  }

  void Send() {
    last_sent_ = Clock::now();
    if (!on_progress_) return;
    const double in_phase = Since(phase_began_);
    now_.seconds = elapsed();
    now_.images_per_second = in_phase > 0 ? static_cast<double>(now_.done - already_) / in_phase : 0;
    now_.seconds_left = now_.images_per_second > 0 && now_.total > now_.done
                            ? static_cast<double>(now_.total - now_.done) / now_.images_per_second
                            : 0;
    on_progress_(now_);
  }

  const OnProgress on_progress_;
  const Clock::time_point began_;
  Clock::time_point phase_began_{};
  Clock::time_point last_sent_{};
  Progress now_;
  std::uint64_t already_ = 0;
  bool in_phase_ = false;
  std::map<std::string, double> seconds_;
};

}  // namespace fruits
