#include "run_watch.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "fruits/core/try.h"
#include "speak.h"

namespace fruits::cli {
namespace {

constexpr double kLogInterval = 5;  // seconds

}  // namespace

Result<std::unique_ptr<RunWatch>> RunWatch::Begin(const WatchOptions& options) {
  std::unique_ptr<RunWatch> watch(new RunWatch());
  if (LogsJson()) {
    if (options.progress != "auto" && options.progress != "none") {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("--progress {}: expected auto or none with --log-format json", options.progress));
    }
    watch->events_ = std::make_unique<RunEvents>(
        std::chrono::duration<double>(options.log_interval.value_or(kLogInterval)),
        options.progress == "auto");
  } else {
    if (options.log_interval)
      return Fail(ErrorCode::kInvalidArgument, "--log-interval: expected only with --log-format json");
    watch->view_ = std::make_unique<ProgressView>(options.progress);
  }
  if (options.metrics_port >= 0) {
    watch->metrics_ = std::make_unique<RunMetrics>(watch->times_);
    auto server = HttpServer::Start(options.metrics_address, options.metrics_port, "/metrics",
                                    [metrics = watch->metrics_.get()] { return metrics->Text(); });
    if (!server) {
      const bool is_address = server.error().code() == ErrorCode::kInvalidArgument;
      return std::unexpected(server.error().WithContext(is_address ? "--metrics-address" : "--metrics-port"));
    }
    watch->server_ = std::move(*server);
    if (LogsJson())
      LogEvent(Level::kInfo, "metrics", {{"url", watch->server_->url()}});
    else
      Say("metrics at {}", watch->server_->url());
  }
  return watch;
}

RunHooks RunWatch::Hooks() {
  return {.on_progress = [this](const Progress& progress) { Show(progress); },
          .on_rejected =
              [this](const RejectedRow& photo) {
                if (events_) RunEvents::Reject(photo);
              },
          .times = &times_};
}

void RunWatch::Show(const Progress& progress) {
  if (view_) view_->Show(progress);
  if (events_) events_->Show(progress);
  if (metrics_) metrics_->Show(progress);
}

}  // namespace fruits::cli
