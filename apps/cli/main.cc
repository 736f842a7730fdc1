// fruits: photos to CNN features, a fitted scaler and PCA, tables and pictures.

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "commands.h"
#include "exit_code.h"
#include "fruits/core/version.h"

namespace {

int Main(int argc, char** argv) {
  using namespace fruits::cli;
  CLI::App app("Fruits: photos to CNN features, a fitted scaler and PCA, tables and pictures.", "fruits");
  app.set_version_flag("--version", fmt::format("fruits {}", fruits::Version()));
  app.require_subcommand(1);
  app.footer(
      "Start here:\n"
      "  fruits samples photos             render a folder of fruit\n"
      "  fruits run photos -o results      the whole chain\n"
      "  fruits COMMAND --help             options and examples\n"
      "Exit codes: 0 done, 1 failed (the same command goes on), 2 wrong usage, 3 done but too many rejected, "
      "130 interrupted.");
  int exit_code = kDone;
  AddRun(app, exit_code);
  AddExtract(app, exit_code);
  AddFit(app, exit_code);
  AddProject(app, exit_code);
  AddModels(app, exit_code);
  AddSamples(app, exit_code);
  AddStatus(app, exit_code);
  AddDoctor(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    if (asked_for) return app.exit(error);
    fmt::print(stderr, "fruits: {}\nTry: fruits --help\n", error.what());
    return kWrongUsage;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "fruits: {}\n", error.what());
    return fruits::cli::kFailed;
  }
}
