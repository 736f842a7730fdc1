#include "commands.h"
#include "run_command.h"

namespace fruits::cli {

void AddFit(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("fit", "features to a fitted scaler and PCA");
  command->footer(
      "FEATURES is the folder of a run or extract, or a Parquet file with the columns path and features.\n"
      "Example:\n  fruits fit features -o fitted --components 50");
  const auto target = AddRunFlags(*command, kForFit, "folder of a run or extract, or a Parquet file");
  command->callback([target, &exit_code] { exit_code = Execute(*target, true, FitFeatures); });
}

}  // namespace fruits::cli
