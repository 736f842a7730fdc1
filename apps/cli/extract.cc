#include "commands.h"
#include "run_command.h"

namespace fruits::cli {

void AddExtract(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("extract", "photos to features only");
  command->footer("Example:\n  fruits extract photos -o features --model resnet50");
  const auto target =
      AddRunFlags(*command, kForExtract, "photos, folders (with all below them) or quoted globs");
  command->callback([target, &exit_code] { exit_code = Execute(*target, false, ExtractFeatures); });
}

}  // namespace fruits::cli
