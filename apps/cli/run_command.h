// What run, extract, fit and project share: flags from the option table, progress, signals, the summary.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "fruits/core/error.h"
#include "fruits/pipeline/options.h"
#include "fruits/pipeline/run.h"
#include "run_watch.h"

namespace fruits::cli {

struct RunCommand {
  RunOptions options;
  WatchOptions watch;
  std::string plots = "svg";
  std::string models;
  Status flags;  // the first flag that was refused
};

// The flag of one option; what it is given goes to `target`, which must outlive the parsing.
void AddFlag(CLI::App& command, RunCommand& target, const OptionInfo& info);
// Adds the options of `scope`, --output, those of AddWatchFlags and (for extract) --models to `command`.
std::shared_ptr<RunCommand> AddRunFlags(CLI::App& command, unsigned scope, const std::string& input_help);

// --progress and --log-format; with `scope` of extract also the metrics.
void AddWatchFlags(CLI::App& command, unsigned scope, WatchOptions& watch);

// The model store, the cache and the working directory, of this process.
void SetPlaces(RunCommand& command);
// The price of FRUITS_PRICE_PER_HOUR where no option gives one. kInvalidArgument: it is no price.
Status TakePrice(RunOptions& options);

using RunFunction = std::function<Result<RunSummary>(const RunOptions&, const RunHooks&)>;
// Runs it and prints the summary (results on stdout, the rest on stderr). Returns the exit code.
int Execute(RunCommand& command, bool paints, const RunFunction& run);

}  // namespace fruits::cli
