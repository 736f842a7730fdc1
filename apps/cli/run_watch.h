// Whoever watches a run: its progress on stderr for people or as events, and its metrics over HTTP.
//
//   FRUITS_TRY(const auto watch, RunWatch::Begin(options));
//   run(options, watch->Hooks());
//
// Threads: one user; what it hooks in is called from the run's threads.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "fruits/core/error.h"
#include "fruits/pipeline/run.h"
#include "http_server.h"
#include "progress_view.h"
#include "run_events.h"
#include "run_metrics.h"

namespace fruits::cli {

struct WatchOptions {
  std::string progress = "auto";
  std::string log_format = "text";
  std::optional<double> log_interval = {};  // seconds; with log_format json
  int metrics_port = -1;                    // none
  std::string metrics_address = "127.0.0.1";
};

class RunWatch {
 public:
  // kInvalidArgument: options that do not go together; kFailedPrecondition: the port is taken.
  static Result<std::unique_ptr<RunWatch>> Begin(const WatchOptions& options);

  RunHooks Hooks();  // valid as long as this object

 private:
  RunWatch() = default;
  void Show(const Progress& progress);

  StageTimes times_;
  std::unique_ptr<ProgressView> view_;
  std::unique_ptr<RunEvents> events_;
  std::unique_ptr<RunMetrics> metrics_;
  std::unique_ptr<HttpServer> server_;  // last: it ends before what it reads
};

}  // namespace fruits::cli
