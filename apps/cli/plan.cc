#include "plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "commands.h"
#include "environment.h"
#include "exit_code.h"
#include "fruits/core/try.h"
#include "fruits/io/storage.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/pipeline/model_choice.h"
#include "fruits/stats/pca.h"
#include "not_empty.h"
#include "number_between.h"
#include "run_command.h"
#include "scratch.h"
#include "speak.h"
#include "stop_signals.h"

namespace fruits::cli {
namespace {

namespace fs = std::filesystem;

// Of the options of extract, those that have no say in what a photo costs, or that plan has itself.
constexpr std::string_view kOwn[] = {"label",     "limit",        "sample",        "on_error",
                                     "overwrite", "max_rejected", "retry_rejected"};

struct PlanCommand {
  RunCommand shared;
  std::string images;
  std::string deadline;
  std::string engine = "auto";
  std::string prices;
  std::vector<std::string> instances;
  std::vector<std::string> assumed;
  std::size_t sample = 500;
  double seconds = 30;
  bool json = false;
};

std::unexpected<Error> Refuse(std::string text) { return Fail(ErrorCode::kInvalidArgument, std::move(text)); }

Result<std::string> PricesFile(const PlanCommand& command) {
  if (!command.prices.empty()) return command.prices;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  const fs::path file = self.parent_path().parent_path() / "share/fruits/instances.csv";
  if (!error && fs::exists(file, error)) return file.string();
  return Fail(
      ErrorCode::kNotFound,
      fmt::format("{}: the table of instance types is not there; name one with --prices", file.string()));
}

Result<std::vector<InstanceType>> TypesOf(const PlanCommand& command, const std::string& file) {
  auto types = ReadInstanceTable(file);
  if (!types) return std::unexpected(types.error().WithContext("--prices"));
  if (command.instances.empty()) return types;
  for (const std::string& name : command.instances) {
    if (std::ranges::find(*types, name, &InstanceType::name) == types->end())
      return Refuse(fmt::format("--instance {}: expected a type of {}", name, file));
  }
  std::erase_if(*types, [&](const InstanceType& type) {
    return std::ranges::find(command.instances, type.name) == command.instances.end();
  });
  return types;
}

Result<ForecastQuestion> QuestionOf(const PlanCommand& command) {
  ForecastQuestion question;
  const std::string& images = command.images;
  const auto [end, error] = std::from_chars(images.data(), images.data() + images.size(), question.photos);
  if (error != std::errc{} || end != images.data() + images.size() || question.photos < 1 ||
      question.photos > 1'000'000'000'000)
    return Refuse(fmt::format("--images '{}': expected a whole number from 1 to 1000000000000", images));
  if (!command.deadline.empty()) {
    question.deadline_seconds = ParseDuration(command.deadline);
    if (!question.deadline_seconds)
      return Refuse(fmt::format("--deadline '{}': expected a time like 2h, 90m, 3d", command.deadline));
  }
  if (command.engine == "local") question.setups = {SetUp::kOneMachine};
  if (command.engine == "spark") question.setups = {SetUp::kStandalone, SetUp::kEmr};
  if (command.engine == "standalone") question.setups = {SetUp::kStandalone};
  if (command.engine == "emr") question.setups = {SetUp::kEmr};
  for (const std::string& text : command.assumed) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return Refuse(fmt::format("--assume {}: expected NAME=VALUE", text));
    const Status set = SetAssumption(question.assumptions, text.substr(0, equals), text.substr(equals + 1));
    if (!set) return std::unexpected(set.error().WithContext("--assume"));
  }
  question.reads_bucket = std::ranges::any_of(command.shared.options.inputs, [](const std::string& input) {
    return input.starts_with("s3://") || input.starts_with("s3a://");
  });
  question.reads_files = AreFiles(command.shared.options.inputs);
  question.here = ThisMachine();
  const int threads = command.shared.options.threads;
  if (threads > 0) question.here.cpus = std::min(question.here.cpus, threads);
  return question;
}

class Measuring {
 public:
  Measuring(const PlanCommand& command, std::stop_token stop, const ForecastQuestion& question)
      : command_(command), hooks_{.stop = std::move(stop)}, here_(question.here) {}

  // f32 and int8, as far as --precision and the model leave a choice.
  Result<std::vector<PhotoCost>> All() {
    RunOptions run = command_.shared.options;
    const bool only_one = run.precision.has_value();
    if (!only_one) FRUITS_CHECK(SetOption(run, "precision", "model"));  // auto: both are measured
    Storage storage(hooks_.stop);
    FRUITS_TRY(const ModelChoice own, ChooseModel(run, storage, AllowedCpu()));
    if (own.precision == Precision::kBf16)
      return Refuse(
          "--precision bf16: expected model, auto, f32 or int8: what bf16 takes elsewhere is not known");
    std::vector<PhotoCost> costs;
    if (only_one || own.precision == Precision::kInt8) {
      FRUITS_TRY(PhotoCost cost, One(run, ToString(own.precision), 1));
      costs.push_back(std::move(cost));
      return costs;
    }
    // First, as it is quick to say that it cannot be; then f32 has all of the time.
    Result<PhotoCost> int8 = One(run, "int8", kShareOfInt8);
    if (!int8 && int8.error().code() != ErrorCode::kNotFound &&
        int8.error().code() != ErrorCode::kFailedPrecondition)
      return std::unexpected(int8.error());
    FRUITS_TRY(PhotoCost f32, One(run, "f32", int8 ? 1 - kShareOfInt8 : 1));
    if (!int8) int8 = AssumeInt8(f32, here_, int8.error().message());
    costs.push_back(std::move(f32));
    costs.push_back(std::move(*int8));
    return costs;
  }

 private:
  static constexpr double kShareOfInt8 = 0.35;  // of the time: it is faster

  Result<PhotoCost> One(RunOptions run, std::string_view precision, double share) {
    FRUITS_CHECK(SetOption(run, "precision", precision));
    FRUITS_TRY(const auto scratch, Scratch::Make("fruits-plan"));
    Say("measuring {} in {} on up to {} photos", run.model, precision, command_.sample);
    return MeasurePhotoCost({.run = std::move(run),
                             .scratch = scratch->path(),
                             .sample = command_.sample,
                             .seconds = command_.seconds * share},
                            hooks_);
  }

  const PlanCommand& command_;
  const RunHooks hooks_;
  const Machine here_;
};

Result<PlanReport> MakePlan(PlanCommand& command, const std::stop_token& stop) {
  FRUITS_CHECK(command.shared.flags);
  FRUITS_CHECK(TakePrice(command.shared.options));
  SetPlaces(command.shared);
  PlanReport report{.inputs = command.shared.options.inputs,
                    .question = {},
                    .forecast = {},
                    .cpu = ThisCpu().brand,
                    .prices = {},
                    .price_per_hour = command.shared.options.price_per_hour};
  FRUITS_TRY(report.question, QuestionOf(command));
  FRUITS_TRY(report.prices, PricesFile(command));
  FRUITS_TRY(report.question.types, TypesOf(command, report.prices));
  if (command.shared.options.pooling == Pooling::kNone && report.question.photos > kMaxGramRows)
    return Refuse(fmt::format("--images {}: expected at most {} with --pooling none", report.question.photos,
                              kMaxGramRows));
  Measuring measuring(command, stop, report.question);
  FRUITS_TRY(report.question.costs, measuring.All());
  report.forecast = MakeForecast(report.question);
  return report;
}

int ExecutePlan(PlanCommand& command) {
  const auto report = MakePlan(command, CatchStopSignals(kStartsAnew));
  if (!report) return Complain(report.error());
  std::fputs((command.json ? PlanJson(*report) : PlanText(*report)).c_str(), stdout);
  return kDone;
}

}  // namespace

void AddPlan(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("plan", "time and cost of many photos, here and on rented machines");
  command->footer(
      "Examples:\n"
      "  fruits plan photos --images 90380\n"
      "  fruits plan s3://bucket/photos --images 10000000 --deadline 2h --model resnet50 --json\n"
      "Runs the chain on a sample of INPUT, and forecasts from that and a table of instance types.");
  const auto own = std::make_shared<PlanCommand>();
  command
      ->add_option("INPUT", own->shared.options.inputs,
                   "photos like those to come: folders, globs, s3:// addresses")
      ->required();
  command->add_option("--images", own->images, "how many photos to plan for")->required()->type_name("N");
  command->add_option("--deadline", own->deadline, "when they must be done: 45s, 90m, 2h, 3d")
      ->check(NotEmpty("a time like 2h, 90m, 3d"))
      ->type_name("TIME");
  command
      ->add_option("--engine", own->engine,
                   "local: one machine; standalone, emr: a Spark cluster; spark: both; auto: all")
      ->check(CLI::IsMember({"auto", "local", "spark", "standalone", "emr"}))
      ->type_name("NAME");
  command->add_option("--prices", own->prices, "another table of instance types")
      ->check(NotEmpty("a file like share/fruits/instances.csv"))
      ->type_name("FILE");
  command->add_option("--instance", own->instances, "only this type of the table; may be given again")
      ->type_name("TYPE")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--assume", own->assumed, "another value for what is assumed; may be given again")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--sample", own->sample, "photos to measure on, at most")
      ->check(CLI::Range(static_cast<int>(kFewestPhotos), 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--seconds", own->seconds, "to measure for, about")
      ->check(NumberBetween(1, 86'400))
      ->type_name("S")
      ->capture_default_str();
  command->add_flag("--json", own->json, "for programs");
  command->add_option("--models", own->shared.models, kModelsHelp)
      ->check(NotEmpty(kModelsExpected))
      ->type_name("URI");
  for (const OptionInfo& info : OptionTable()) {
    if ((info.scope & kForExtract) && std::ranges::find(kOwn, info.name) == std::end(kOwn))
      AddFlag(*command, own->shared, info);
  }
  command->callback([own, &exit_code] { exit_code = ExecutePlan(*own); });
}

}  // namespace fruits::cli
