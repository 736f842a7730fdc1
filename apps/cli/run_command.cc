#include "run_command.h"

#include <fmt/format.h>

#include <cstdio>

#include "environment.h"
#include "exit_code.h"
#include "fruits/report/run_painter.h"
#include "progress_view.h"
#include "python_command.h"
#include "speak.h"
#include "stop_signals.h"

namespace fruits::cli {
namespace {

void PrintProblems(const std::vector<ListingProblem>& problems) {
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < problems.size() && i < kShown; ++i) {
    Say("fruits: left out {}: {}", problems[i].path, problems[i].reason);
  }
  if (problems.size() > kShown) Say("fruits: left out {} more", problems.size() - kShown);
}

void PrintSummary(const RunSummary& summary) {
  const RunCounts& counts = summary.counts;
  std::string line =
      fmt::format("{} photos: {} feature rows, {} rejected", counts.photos, counts.features, counts.rejected);
  if (counts.kept > 0) line += fmt::format(", {} kept from before", counts.kept);
  if (counts.removed > 0) line += fmt::format(", {} removed", counts.removed);
  Say("{}", line);
  if (!summary.precision_reason.empty())
    Say("precision {}, chosen: {}", summary.precision, summary.precision_reason);
  if (summary.images_per_second > 0) {
    Say("{:.1f} images/s with {} in {}, {:.2f} s in all", summary.images_per_second, summary.model,
        summary.precision, summary.seconds.at("total"));
  }
  if (!summary.share_of_total.empty()) {
    double total = 0;
    for (const double share : summary.share_of_total) total += share;
    Say("{} components explain {:.1f} % of the variance", summary.share_of_total.size(), 100 * total);
  }
  Print("{}", summary.output);
}

}  // namespace

void AddFlag(CLI::App& command, RunCommand& target, const OptionInfo& info) {
  const auto set = [&target, &info](const std::string& text) {
    Status status = info.set(target.options, text);
    if (!status && target.flags) target.flags = status;
  };
  const std::string flag(info.flag);
  if (info.is_switch()) {
    const std::string value = flag.starts_with("--no-") ? "false" : "true";
    command.add_flag_callback(flag, [set, value] { set(value); }, std::string(info.help));
    return;
  }
  CLI::Option* option = command.add_option_function<std::vector<std::string>>(
      flag,
      [set](const std::vector<std::string>& values) {
        for (const std::string& value : values) set(value);
      },
      std::string(info.help));
  // Without the last, `--input-size 64 photos` would take the photos too.
  option->type_name(std::string(info.value))->expected(1)->allow_extra_args(false);
  option->multi_option_policy(info.repeatable ? CLI::MultiOptionPolicy::TakeAll
                                              : CLI::MultiOptionPolicy::TakeLast);
}

std::shared_ptr<RunCommand> AddRunFlags(CLI::App& command, unsigned scope, const std::string& input_help) {
  auto target = std::make_shared<RunCommand>();
  command.add_option(scope & kForExtract ? "INPUT" : "FEATURES", target->options.inputs, input_help)
      ->required();
  command.add_option("-o,--output", target->options.output, "folder for the results")
      ->required()
      ->type_name("DIR");
  for (const OptionInfo& info : OptionTable()) {
    if (info.scope & scope) AddFlag(command, *target, info);
  }
  if (scope & kForFit) command.get_option("--components")->excludes("--variance");
  if (scope & kForExtract) {
    command.add_option("--models", target->models, kModelsHelp)->type_name("URI");
  }
  if (scope & (kForFit | kForProject)) {
    command
        .add_option("--plots", target->plots,
                    "png: also scree.png and projection.png, by Python's matplotlib")
        ->check(CLI::IsMember({"svg", "png"}))
        ->type_name("svg|png");
  }
  command.add_option("--progress", target->progress, "auto, plain, json or none (on stderr)")
      ->check(CLI::IsMember({"auto", "plain", "json", "none"}))
      ->type_name("STYLE");
  return target;
}

void SetPlaces(RunCommand& command) {
  command.options.models = StoreDirectory(command.models);
  command.options.cache_directory = CacheDirectory();
  command.options.working_directory = WorkingDirectory();
}

namespace {

// Done, but for pictures that Python draws.
int Finish(const RunCommand& command, const RunSummary& summary, int code) {
  if (command.plots != "png") return code;
  std::fflush(stdout);  // another program takes this one's place
  return BecomePython({"plots", summary.output, fmt::format("--exit-code={}", code)});
}

}  // namespace

int Execute(RunCommand& command, bool paints, const RunFunction& run) {
  if (!command.flags) return Complain(command.flags.error());
  if (WorkingDirectory().empty()) {
    Say("fruits: the working directory does not exist any more; expected one to resolve paths against");
    return kFailed;
  }
  if (command.plots == "png" && !FindPython("--plots png")) return kFailed;
  SetPlaces(command);
  const std::stop_token stop = CatchStopSignals();
  Result<RunSummary> summary = [&] {
    ProgressView view(command.progress);
    RunPainter painter({.thumbnails = command.options.report_thumbnails});
    return run(command.options, {.stop = stop,
                                 .on_progress = [&view](const Progress& progress) { view.Show(progress); },
                                 .painter = paints ? &painter : nullptr});
  }();
  if (!summary) {
    const int code = Complain(summary.error());
    if (code == kInterrupted) Say("fruits: stopped; the same command goes on from here");
    return code;
  }
  PrintProblems(summary->problems);
  PrintSummary(*summary);
  if (summary->too_many_rejected) {
    const std::size_t unlisted = summary->problems.size();
    Say("fruits: {} of {} photos were rejected{}, more than --max-rejected {}; see rejected.csv",
        summary->counts.rejected, summary->counts.photos,
        unlisted > 0 ? fmt::format(" and {} could not be listed", unlisted) : "",
        command.options.max_rejected);
    return Finish(command, *summary, kTooManyRejected);
  }
  return Finish(command, *summary, kDone);
}

}  // namespace fruits::cli
