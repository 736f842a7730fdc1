#include "samples/samples.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "commands.h"
#include "exit_code.h"
#include "speak.h"
#include "stop_signals.h"

namespace fruits::cli {
namespace {

// What is wrong with it, or nothing.
std::string OnlyDigits(const std::string& text) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) return "";
  return fmt::format("{}: expected a whole number of at least 0", text);
}

}  // namespace

void AddSamples(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("samples", "render photos of fruit to try things on");
  command->footer(
      "Example:\n  fruits samples photos --photos 40\nThe same options give the same bytes on every "
      "machine.");
  const auto options = std::make_shared<samples::SamplesOptions>();
  command->add_option("DIR", options->directory, "folder to fill, one folder a kind")->required();
  command->add_option("--kinds", options->kinds, "how many kinds of fruit (default 12); 0: all")
      ->type_name("N");
  command->add_option("--photos", options->photos_per_kind, "photos a kind (default 40)")->type_name("N");
  command->add_option("--size", options->size, "pixels each way (default 100)")->type_name("N");
  command->add_option("--seed", options->seed, "another seed, other fruit")
      ->check(&OnlyDigits)  // CLI11 would wrap a negative number
      ->type_name("N");
  command->add_option("--threads", options->threads, "0: as many as this process may use")->type_name("N");
  command->add_flag("--overwrite", options->overwrite, "replace what this command rendered there before");
  command->callback([options, &exit_code] {
    const auto summary = samples::RenderSamples(
        *options, {}, CatchStopSignals("the same command with --overwrite starts anew"));
    if (!summary) {
      exit_code = Complain(summary.error());
      return;
    }
    Say("{} photos of {} kinds of fruit", summary->photos, summary->kinds);
    Print("{}", options->directory);
  });
}

}  // namespace fruits::cli
