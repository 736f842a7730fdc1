// Computes tasks that a run elsewhere gave away (RunHooks::distribute): reads their photos and writes
// complete parts into the run's output folder, where the run then finds them.
//
//   FRUITS_TRY(const auto worker, TaskWorker::Create(options));   // the run's options
//   FRUITS_TRY(const TaskSummary done, worker->Compute(tasks));
//
// A task that is computed twice, whole or in part, leaves rows twice; the run keeps one of each. Threads: one
// caller a worker; any number of workers, in any number of processes. Memory: the extractor's, Featurize's,
// and three parts.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "fruits/core/error.h"
#include "fruits/pipeline/options.h"

namespace fruits {

struct TaskSummary {
  std::uint64_t photos = 0;
  std::uint64_t rejected = 0;  // of them
  double seconds = 0;
};

class TaskWorker {
 public:
  // Errors of FeatureExtractor::Create and ModelStore::Find; kInvalidArgument: an output that cannot be
  // written.
  static Result<std::unique_ptr<TaskWorker>> Create(RunOptions options);
  ~TaskWorker();
  TaskWorker(const TaskWorker&) = delete;
  TaskWorker& operator=(const TaskWorker&) = delete;

  // Tasks that follow each other in the run's order: their photos share parts. kFailedPrecondition: features
  // of another fingerprint are wanted (another model, or options, than here); kCorrupt: no task; else as
  // Run().
  Result<TaskSummary> Compute(std::span<const std::string> tasks, std::stop_token stop = {});

 private:
  struct State;
  explicit TaskWorker(std::unique_ptr<State> state);
  const std::unique_ptr<State> state_;
};

}  // namespace fruits
