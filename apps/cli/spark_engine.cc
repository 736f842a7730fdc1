#include "spark_engine.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "environment.h"
#include "not_empty.h"
#include "python_command.h"

namespace fruits::cli {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const Json& entry : value) text += (text.empty() ? "" : ",") + Text(entry);
  return text;
}

// The flags that make the options what they are.
std::vector<std::string> FlagsOf(const RunOptions& options) {
  std::vector<std::string> flags;
  for (const OptionInfo& info : OptionTable()) {
    const std::string now = info.json(options);
    if (!(info.scope & kForRun) || now == info.json(RunOptions{})) continue;
    const Json value = Json::parse(now);
    if (info.is_switch()) {
      flags.emplace_back(info.flag);
    } else if (info.repeatable && value.is_array()) {
      for (const Json& entry : value) flags.push_back(fmt::format("{}={}", info.flag, Text(entry)));
    } else {
      flags.push_back(fmt::format("{}={}", info.flag, Text(value)));
    }
  }
  return flags;
}

}  // namespace

void AddSparkFlags(CLI::App& command, SparkEngine& spark) {
  constexpr const char* kGroup = "On a Spark cluster";
  command
      .add_option("--engine", spark.engine,
                  "local: this process; spark: a Spark cluster computes the features")
      ->check(CLI::IsMember({"local", "spark"}))
      ->type_name("local|spark")
      ->group(kGroup);
  command.add_option("--master", spark.master, "local[*], spark://HOST:7077, yarn, k8s://URL")
      ->check(NotEmpty("local[*], spark://HOST:7077, yarn or k8s://URL"))
      ->type_name("URL")
      ->group(kGroup);
  command.add_option("--deploy-mode", spark.deploy_mode, "where the driver runs: here, or on the cluster")
      ->check(CLI::IsMember({"client", "cluster"}))
      ->type_name("client|cluster")
      ->group(kGroup);
  command
      .add_option("--min-executors", spark.min_executors, "with --max-executors: as many as the work needs")
      ->check(CLI::Range(0, 100'000))
      ->type_name("N")
      ->group(kGroup);
  command.add_option("--max-executors", spark.max_executors, "turns dynamic allocation on")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N")
      ->group(kGroup);
  command.add_option("--conf", spark.conf, "a Spark setting; may be given again")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(kGroup);
}

Status CheckSparkFlags(const SparkEngine& spark) {
  const auto refuse = [](std::string what) { return Fail(ErrorCode::kInvalidArgument, std::move(what)); };
  if (spark.engine == "local") {
    const bool given = !spark.master.empty() || !spark.deploy_mode.empty() || spark.min_executors > 0 ||
                       spark.max_executors > 0 || !spark.conf.empty();
    if (!given) return {};
    return refuse(
        "--master, --deploy-mode, --min-executors, --max-executors and --conf are for --engine spark");
  }
  if (spark.max_executors == 0 && spark.min_executors > 0) {
    return refuse(fmt::format("--min-executors {}: expected --max-executors with it", spark.min_executors));
  }
  if (spark.max_executors > 0 && spark.min_executors > spark.max_executors) {
    return refuse(fmt::format("--min-executors {}: expected at most --max-executors, which is {}",
                              spark.min_executors, spark.max_executors));
  }
  for (const std::string& setting : spark.conf) {
    if (setting.find('=') == std::string::npos || setting.starts_with('='))
      return refuse(fmt::format("--conf {}: expected KEY=VALUE", setting));
  }
  return {};
}

int SubmitToSpark(const SparkEngine& spark, const RunCommand& command) {
  const Json request{{"master", spark.master},
                     {"deploy_mode", spark.deploy_mode},
                     {"min_executors", spark.min_executors},
                     {"max_executors", spark.max_executors},
                     {"conf", spark.conf},
                     {"inputs", command.options.inputs},
                     {"output", command.options.output},
                     {"model", command.options.model},
                     {"models", StoreDirectory(command.models)},
                     {"progress", command.watch.progress},
                     {"flags", FlagsOf(command.options)}};
  return BecomePython({"spark", request.dump(-1, ' ', false, Json::error_handler_t::replace)});
}

}  // namespace fruits::cli
