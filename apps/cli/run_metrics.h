// The numbers of a run in Prometheus's text format (docs/metrics.md): what a scraper of --metrics-port gets.
// Threads: any.
#pragma once

#include <array>
#include <mutex>
#include <string>

#include "fruits/core/progress.h"
#include "fruits/pipeline/stage_times.h"

namespace fruits::cli {

class RunMetrics {
 public:
  // `times` must outlive it.
  explicit RunMetrics(const StageTimes& times) : times_(times) {}

  void Show(const Progress& progress);
  std::string Text() const;

 private:
  const StageTimes& times_;
  mutable std::mutex mutex_;
  Progress last_;
  Progress photos_;  // the latest of listing and featurizing
};

}  // namespace fruits::cli
