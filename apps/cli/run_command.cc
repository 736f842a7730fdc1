#include "run_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "environment.h"
#include "exit_code.h"
#include "fruits/core/try.h"
#include "fruits/core/version.h"
#include "fruits/report/run_painter.h"
#include "not_empty.h"
#include "number_between.h"
#include "python_command.h"
#include "speak.h"
#include "stop_signals.h"

namespace fruits::cli {
namespace {

void PrintProblems(const std::vector<ListingProblem>& problems) {
  if (LogsJson()) {
    for (const ListingProblem& problem : problems)
      LogEvent(Level::kWarning, "left_out", {{"path", problem.path}, {"reason", problem.reason}});
    return;
  }
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < problems.size() && i < kShown; ++i) {
    Say("fruits: left out {}: {}", problems[i].path, problems[i].reason);
  }
  if (problems.size() > kShown) Say("fruits: left out {} more", problems.size() - kShown);
}

// "2000 photos, 0.0118 core-hours (2 cores, 95 % busy), cost 0.00125 at 0.212 an hour: 0.62 a million photos"
std::string UseLine(const RunSummary& summary) {
  const RunUse& use = summary.use;
  const std::uint64_t photos = summary.counts.computed > 0 ? summary.counts.computed : summary.counts.photos;
  std::string line = fmt::format("{} photos", photos);
  if (use.core_hours > 0) {
    line += fmt::format(", {:.3g} core-hours ({} cores, {:.0f} % busy)", use.core_hours, use.cores,
                        100 * use.cpu_seconds / (3600 * use.core_hours));
  }
  if (use.price_per_hour > 0) {
    line += fmt::format(", cost {:.3g} at {} an hour", use.cost, use.price_per_hour);
    if (summary.counts.computed > 0)
      line += fmt::format(": {:.3g} a million photos", use.cost * 1e6 / static_cast<double>(photos));
  }
  return line;
}

void LogSummary(const RunSummary& summary, int exit_code) {
  const RunCounts& counts = summary.counts;
  Fields fields = {{"output", summary.output},
                   {"model", summary.model},
                   {"precision", summary.precision},
                   {"photos", counts.photos},
                   {"features", counts.features},
                   {"rejected", counts.rejected},
                   {"computed", counts.computed},
                   {"kept", counts.kept},
                   {"seconds", summary.seconds},
                   {"images_per_second", summary.images_per_second},
                   {"cores", summary.use.cores},
                   {"core_hours", summary.use.core_hours},
                   {"cpu_seconds", summary.use.cpu_seconds}};
  if (summary.use.price_per_hour > 0) {
    fields["price_per_hour"] = summary.use.price_per_hour;
    fields["cost"] = summary.use.cost;
  }
  fields["too_many_rejected"] = summary.too_many_rejected;
  fields["exit_code"] = exit_code;
  LogEvent(Level::kInfo, "done", fields);
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
  Say("{}", UseLine(summary));
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
    command.add_option("--models", target->models, kModelsHelp)
        ->check(NotEmpty(kModelsExpected))
        ->type_name("URI");
  }
  if (scope & (kForFit | kForProject)) {
    command
        .add_option("--plots", target->plots,
                    "png: also scree.png and projection.png, by Python's matplotlib")
        ->check(CLI::IsMember({"svg", "png"}))
        ->type_name("svg|png");
  }
  AddWatchFlags(command, scope, target->watch);
  return target;
}

void AddWatchFlags(CLI::App& command, unsigned scope, WatchOptions& watch) {
  command.add_option("--progress", watch.progress, "auto, plain, json or none (on stderr)")
      ->check(CLI::IsMember({"auto", "plain", "json", "none"}))
      ->type_name("STYLE");
  command
      .add_option("--log-format", watch.log_format, "text for people, or json: one object a line on stderr")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("text|json");
  if (!(scope & kForExtract)) return;
  command.add_option("--log-interval", watch.log_interval, "with --log-format json: progress every so often")
      ->check(NumberBetween(0.05, 86'400))
      ->type_name("SECONDS");
  CLI::Option* port = command
                          .add_option("--metrics-port", watch.metrics_port,
                                      "serve metrics for Prometheus while it runs; 0: a port that is free")
                          ->check(CLI::Range(0, 65'535))
                          ->type_name("N");
  command
      .add_option("--metrics-address", watch.metrics_address,
                  "where they are served: 127.0.0.1 (only this machine), 0.0.0.0, ::")
      ->needs(port)
      ->type_name("ADDRESS");
}

void SetPlaces(RunCommand& command) {
  command.options.models = StoreDirectory(command.models);
  command.options.cache_directory = CacheDirectory();
  command.options.working_directory = WorkingDirectory();
}

Status TakePrice(RunOptions& options) {
  const std::string price = Variable("FRUITS_PRICE_PER_HOUR");
  if (options.price_per_hour > 0 || price.empty()) return {};
  const Status status = SetOption(options, "price_per_hour", price);
  if (!status) return std::unexpected(status.error().WithContext("FRUITS_PRICE_PER_HOUR"));
  return {};
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
  if (const Status price = TakePrice(command.options); !price) return Complain(price.error());
  if (WorkingDirectory().empty()) {
    Say("fruits: the working directory does not exist any more; expected one to resolve paths against");
    return kFailed;
  }
  if (command.plots == "png" && !FindPython("--plots png")) return kFailed;
  SetPlaces(command);
  LogEvent(Level::kInfo, "start",
           {{"version", std::string(Version())},
            {"inputs", command.options.inputs},
            {"output", command.options.output},
            {"model", command.options.model},
            {"pid", getpid()}});
  const std::stop_token stop = CatchStopSignals(kGoesOn);
  Result<RunSummary> summary = [&]() -> Result<RunSummary> {
    FRUITS_TRY(const auto watch, RunWatch::Begin(command.watch));
    RunPainter painter({.thumbnails = command.options.report_thumbnails});
    RunHooks hooks = watch->Hooks();
    hooks.stop = stop;
    if (paints) hooks.painter = &painter;
    return run(command.options, hooks);
  }();
  if (!summary) {
    const int code = Complain(summary.error());
    if (code == kInterrupted) Say("fruits: stopped; the same command goes on from here");
    return code;
  }
  PrintProblems(summary->problems);
  if (LogsJson())
    LogSummary(*summary, summary->too_many_rejected ? kTooManyRejected : kDone);
  else
    PrintSummary(*summary);
  Print("{}", summary->output);
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
