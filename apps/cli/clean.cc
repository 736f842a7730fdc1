#include <fmt/format.h>

#include <memory>
#include <string>

#include "commands.h"
#include "environment.h"
#include "exit_code.h"
#include "fruits/pipeline/run.h"
#include "speak.h"

namespace fruits::cli {
namespace {

int Clean(const std::string& folder) {
  const auto removed = CleanFolder(folder, WorkingDirectory());
  if (!removed) return Complain(removed.error());
  if (*removed == 0)
    Say("{}: nothing to clean", folder);
  else
    Say("{}: removed {} files and uploads of a run that was not finished", folder, *removed);
  return kDone;
}

}  // namespace

void AddClean(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("clean", "remove what a broken or unfinished run left in its results folder");
  command->footer(
      "A finished folder and files that no run wrote are left alone.\nExample:\n  fruits clean "
      "s3://bucket/results");
  const auto folder = std::make_shared<std::string>();
  command->add_option("URI", *folder, "a results folder")->required();
  command->callback([folder, &exit_code] { exit_code = Clean(*folder); });
}

}  // namespace fruits::cli
