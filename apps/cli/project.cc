#include "commands.h"
#include "run_command.h"

namespace fruits::cli {

void AddProject(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("project", "features to scores, by a fit made before");
  command->footer(
      "FEATURES is the folder of a run or extract, or a Parquet file with the columns path and features.\n"
      "Example:\n  fruits project new-features --fitted results -o projected");
  const auto target = AddRunFlags(*command, kForProject, "folder of a run or extract, or a Parquet file");
  const auto fitted = std::make_shared<std::string>();
  command->add_option("--fitted", *fitted, "fitted/ folder, or the folder of the run that holds it")
      ->required()
      ->type_name("DIR");
  command->callback([target, fitted, &exit_code] {
    exit_code = Execute(*target, true, [&](const RunOptions& options, const RunHooks& hooks) {
      return ProjectFeatures(options, *fitted, hooks);
    });
  });
}

}  // namespace fruits::cli
