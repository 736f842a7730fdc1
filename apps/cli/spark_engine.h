// `fruits run --engine spark`: the same run, its photos computed by a Spark cluster. Python starts
// spark-submit.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "run_command.h"

namespace fruits::cli {

struct SparkEngine {
  std::string engine = "local";
  std::string master;
  std::string deploy_mode;
  int min_executors = 0;
  int max_executors = 0;
  std::vector<std::string> conf;
};

void AddSparkFlags(CLI::App& command, SparkEngine& spark);
// kInvalidArgument: flags that do not go together.
Status CheckSparkFlags(const SparkEngine& spark);
// Hands the run to Python; returns only where that fails, with the exit code.
int SubmitToSpark(const SparkEngine& spark, const RunCommand& command);

}  // namespace fruits::cli
