#include "commands.h"
#include "run_command.h"

namespace fruits::cli {

void AddRun(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("run", "photos to features, PCA, tables and pictures");
  command->footer(
      "Examples:\n"
      "  fruits run photos -o results\n"
      "  fruits run photos/Training 'photos/Test/App*' -o results --variance 0.9\n"
      "  fruits run photos -o results --model resnet50 --components 7 --max-rejected 5%\n"
      "The same command goes on after a stop, and computes only what is new after a change.");
  const auto target = AddRunFlags(*command, kForRun, "photos, folders (with all below them) or quoted globs");
  command->callback([target, &exit_code] { exit_code = Execute(*target, true, Run); });
}

}  // namespace fruits::cli
