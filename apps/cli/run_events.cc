#include "run_events.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "speak.h"

namespace fruits::cli {
namespace {

double Rounded(double value) { return std::round(value * 1000) / 1000; }

}  // namespace

RunEvents::RunEvents(std::chrono::duration<double> interval, bool with_progress) : interval_(interval) {
  if (with_progress) ticker_ = std::jthread([this](const std::stop_token& stop) { Tick(stop); });
}

RunEvents::~RunEvents() = default;

void RunEvents::Show(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  if (!last_ || last_->phase != progress.phase) {
    if (last_ && last_->total > 0 && ticker_.joinable()) LogProgress();  // how the phase ended
    Fields fields = {{"phase", std::string(ToString(progress.phase))},
                     {"seconds", Rounded(progress.seconds)}};
    if (progress.total > 0) fields["total"] = progress.total;
    LogEvent(Level::kInfo, "phase", fields);
  }
  last_ = progress;
  last_at_ = std::chrono::steady_clock::now();
}

void RunEvents::Reject(const RejectedRow& photo) {
  LogEvent(Level::kWarning, "rejected",
           {{"path", photo.path}, {"stage", photo.stage}, {"reason", photo.reason}});
}

void RunEvents::Tick(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, stop, interval_, [&] { return stop.stop_requested(); })) {
    if (last_ && last_->phase != Phase::kDone) LogProgress();
  }
}

void RunEvents::LogProgress() const {
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - last_at_;
  Fields fields = {{"phase", std::string(ToString(last_->phase))},
                   {"done", last_->done},
                   {"total", last_->total},
                   {"rejected", last_->rejected},
                   {"seconds", Rounded(last_->seconds + since.count())}};
  if (last_->images_per_second > 0) fields["images_per_second"] = Rounded(last_->images_per_second);
  if (last_->seconds_left > 0) fields["seconds_left"] = Rounded(last_->seconds_left);
  LogEvent(Level::kInfo, "progress", fields);
}

}  // namespace fruits::cli
