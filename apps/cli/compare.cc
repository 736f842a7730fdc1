#include "fruits/pipeline/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "environment.h"
#include "exit_code.h"
#include "fruits/stats/gram.h"
#include "not_empty.h"
#include "progress_view.h"
#include "run_command.h"
#include "speak.h"
#include "stop_signals.h"
#include "table.h"

namespace fruits::cli {
namespace {

// Of the options of extract, those that compare takes as lists or under another name.
constexpr std::string_view kOwn[] = {"model", "precision", "input_size", "pooling", "sample", "overwrite"};

struct CompareCommand {
  RunCommand shared;
  std::vector<std::string> models = {"efficientnet-lite0"};
  std::vector<std::string> precisions = {"model"};
  std::vector<std::string> input_sizes = {"0"};
  std::vector<std::string> poolings = {"avg"};
  std::vector<std::string> components = {"7"};
  std::string images = "2000";
  std::string group;
};

template <typename T>
Result<std::vector<T>> Numbers(std::string_view flag, const std::vector<std::string>& texts, T least) {
  std::vector<T> numbers;
  for (const std::string& text : texts) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || text.empty()) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("{} '{}': expected whole numbers from {} on with commas between", flag, text, least));
    }
    numbers.push_back(value);
  }
  return numbers;
}

Result<CompareOptions> OptionsOf(const CompareCommand& command) {
  CompareOptions options{.run = command.shared.options,
                         .models = command.models,
                         .precisions = command.precisions,
                         .input_sizes = {},
                         .poolings = {},
                         .components = {},
                         .group = command.group};
  if (const Status set = SetOption(options.run, "sample", command.images);
      !set || options.run.sample > Gram::kMaxRows) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("--images '{}': expected a whole number from 0 to {}", command.images, Gram::kMaxRows));
  }
  const auto sizes = Numbers("--input-size", command.input_sizes, 0);
  if (!sizes) return std::unexpected(sizes.error());
  options.input_sizes = *sizes;
  const auto components = Numbers<std::size_t>("--components", command.components, 1);
  if (!components) return std::unexpected(components.error());
  options.components = *components;
  for (const std::string& name : command.poolings) {
    const auto pooling = ParsePooling(name);
    if (!pooling)
      return Fail(ErrorCode::kInvalidArgument, fmt::format("--pooling '{}': expected avg or none", name));
    options.poolings.push_back(*pooling);
  }
  return options;
}

using Row = TableRow;

Row Heading(const Comparison& comparison) {
  Row row = {"features", "precision", "images/s", "model MB", "bytes/photo"};
  for (const std::size_t k : comparison.components) row.push_back(fmt::format("K={} keeps", k));
  for (const char* name : {"1-NN", "linear probe", "cosine", "cosine 1 %", "angle"}) row.emplace_back(name);
  return row;
}

std::string SpeedOf(const ComparedFeatures& features) {
  if (features.speed.images_per_second == 0) return "kept";
  return fmt::format("{:.1f}{}", features.speed.images_per_second, features.speed_is_earlier ? "*" : "");
}

Row RowOf(const ComparedFeatures& features) {
  const auto percent = [](double share, const char* otherwise) {
    return std::isnan(share) ? otherwise : fmt::format("{:.1f} %", 100 * share);
  };
  const FeatureQuality& quality = features.quality;
  Row row = {features.name, features.precision, SpeedOf(features),
             fmt::format("{:.1f}", static_cast<double>(features.model_bytes) / 1e6),
             fmt::format("{}", quality.dimension * sizeof(float))};
  for (const double kept : quality.variance_kept) row.push_back(percent(kept, "-"));
  row.push_back(percent(quality.nearest_accuracy, "not known"));
  row.push_back(percent(quality.probe_accuracy, "not known"));
  const auto& agreement = features.agreement;
  row.push_back(agreement && agreement->cosine ? fmt::format("{:.4f}", agreement->cosine->mean) : "-");
  row.push_back(agreement && agreement->cosine ? fmt::format("{:.4f}", agreement->cosine->percentile_1)
                                               : "-");
  row.push_back(agreement && !agreement->angles.empty() ? fmt::format("{:.1f} deg", agreement->angles.back())
                                                        : "-");
  return row;
}

// Which photos the accuracies asked.
std::string GroupsLine(const GroupFacts& groups, std::size_t photos) {
  std::string line = fmt::format("Groups: {} of ", groups.groups);
  line += groups.smallest == groups.largest ? fmt::format("{}", groups.smallest)
                                            : fmt::format("{} to {}", groups.smallest, groups.largest);
  line += fmt::format(" photos: {}", groups.rule);
  if (groups.expression.empty()) return line;
  line += fmt::format(", which matches {} of {} photos", groups.matched, photos);
  return groups.matched < photos ? line + "; the others are one group" : line;
}

// What the table's numbers rest on.
void ShowFooter(const Comparison& comparison) {
  const auto judged = std::ranges::find_if(comparison.features, &ComparedFeatures::is_judged);
  if (judged == comparison.features.end()) return;
  const FeatureQuality& quality = judged->quality;
  Print("{}", GroupsLine(quality.groups, quality.photos));
  if (!quality.accuracy_unknown_as.empty())
    Print("1-NN and linear probe are not known: {}", quality.accuracy_unknown_as);
  if (std::ranges::any_of(comparison.features, [](const ComparedFeatures& features) {
        return features.is_judged() && features.speed_is_earlier && features.speed.images_per_second > 0;
      })) {
    Print("* measured by an earlier call");
  }
  for (const ComparedFeatures& features : comparison.features) {
    if (!features.precision_reason.empty())
      Print("{}: {}, chosen: {}", features.name, features.precision, features.precision_reason);
  }
  if (quality.accuracy_unknown_as.empty() && quality.groups.labels_without_margins > 0) {
    Say("fruits: {} of {} labels have too few photos to keep neighbours apart: accuracies flatter; take more "
        "with --images, or say with --group which are alike",
        quality.groups.labels_without_margins, quality.labels);
  }
}

int Show(const Comparison& comparison) {
  std::vector<Row> rows = {Heading(comparison)};
  int code = kDone;
  for (const ComparedFeatures& features : comparison.features) {
    if (features.fault.empty()) rows.push_back(RowOf(features));
  }
  if (rows.size() > 1) std::fputs(FormatTable(rows, 2).c_str(), stdout);
  ShowFooter(comparison);
  for (const ComparedFeatures& features : comparison.features) {
    if (features.rejected > 0) {
      Say("{}: {} photos were rejected; see {}/rejected.csv", features.name, features.rejected,
          features.name);
    }
    if (features.too_many_rejected) code = kTooManyRejected;
  }
  for (const ComparedFeatures& features : comparison.features) {
    if (features.fault.empty()) continue;
    Say("fruits: {}: {}", features.name, features.fault);
    code = kFailed;
  }
  return code;
}

int ExecuteCompare(CompareCommand& command) {
  if (!command.shared.flags) return Complain(command.shared.flags.error());
  SetPlaces(command.shared);
  const auto options = OptionsOf(command);
  if (!options) return Complain(options.error());
  const std::stop_token stop = CatchStopSignals(kGoesOn);
  const Result<Comparison> comparison = [&] {
    ProgressView view(command.shared.watch.progress);
    return Compare(*options,
                   {.stop = stop, .on_progress = [&view](const Progress& progress) { view.Show(progress); }});
  }();
  if (!comparison) {
    const int code = Complain(comparison.error());
    if (code == kInterrupted) Say("fruits: stopped; the same command goes on from here");
    return code;
  }
  return Show(*comparison);
}

}  // namespace

void AddCompare(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "compare", "models, precisions, sizes and poolings on the same photos: speed and quality");
  command->footer(
      "Example:\n  fruits compare photos -o comparison --models resnet50,efficientnet-lite0 --input-size "
      "96,160,224\n"
      "One row a combination; cosine and angle are to the first row. Accuracies never ask a photo's own "
      "group\n"
      "nor what lies beside it (--group). Features stay in the output folder, so that another row costs only "
      "itself.");
  const auto own = std::make_shared<CompareCommand>();
  command
      ->add_option("INPUT", own->shared.options.inputs,
                   "photos, folders (with all below them) or quoted globs")
      ->required();
  command->add_option("-o,--output", own->shared.options.output, "folder for features and compare.json")
      ->required()
      ->type_name("DIR");
  const auto add_list = [&](const char* flag, std::vector<std::string>& values, const char* what,
                            const char* help) {
    command->add_option(flag, values, help)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name(what)
        ->capture_default_str();
  };
  add_list("--models", own->models, "NAME,...", "models of the store, or paths or addresses");
  add_list("--precision", own->precisions, "P,...", "model, auto, f32, bf16 or int8");
  add_list("--input-size", own->input_sizes, "N,...", "sides of the picture; 0 is the model's own");
  add_list("--pooling", own->poolings, "P,...", "avg or none");
  add_list("--components", own->components, "K,...", "how many components to judge the variance of");
  command->add_option("--images", own->images, "photos, spread evenly; 0: all, up to 12,000")
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option(
          "--group", own->group,
          "photos that are too alike to stand for each other: an expression with one group, searched in the "
          "path (default: runs of neighbouring names)")
      ->check(NotEmpty("an expression with one group"))
      ->type_name("REGEX");
  command->add_option("--store", own->shared.models, kModelsHelp)
      ->check(NotEmpty(kModelsExpected))
      ->type_name("URI");
  for (const OptionInfo& info : OptionTable()) {
    if ((info.scope & kForExtract) && std::ranges::find(kOwn, info.name) == std::end(kOwn))
      AddFlag(*command, own->shared, info);
  }
  command->add_option("--progress", own->shared.watch.progress, "auto, plain, json or none (on stderr)")
      ->check(CLI::IsMember({"auto", "plain", "json", "none"}))
      ->type_name("STYLE");
  command->callback([own, &exit_code] { exit_code = ExecuteCompare(*own); });
}

}  // namespace fruits::cli
