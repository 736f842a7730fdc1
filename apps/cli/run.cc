#include <memory>

#include "commands.h"
#include "exit_code.h"
#include "run_command.h"
#include "spark_engine.h"
#include "speak.h"

namespace fruits::cli {
namespace {

int RunHereOrOnSpark(RunCommand& command, const SparkEngine& spark) {
  if (const Status status = CheckSparkFlags(spark); !status) return Complain(status.error());
  if (spark.engine == "local") return Execute(command, true, Run);
  if (!command.flags) return Complain(command.flags.error());
  if (const Status price = TakePrice(command.options); !price) return Complain(price.error());
  const WatchOptions& watch = command.watch;
  if (watch.metrics_port >= 0 || watch.log_format != "text" || watch.log_interval) {
    Say("fruits: --metrics-port, --log-format and --log-interval: expected --engine local; Spark has metrics "
        "and logs of its own");
    return kWrongUsage;
  }
  if (command.plots == "png") {
    Say("fruits: --plots png: expected --engine local; fruits.plot draws a finished run's");
    return kWrongUsage;
  }
  return SubmitToSpark(spark, command);
}

}  // namespace

void AddRun(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("run", "photos to features, PCA, tables and pictures");
  command->footer(
      "Examples:\n"
      "  fruits run photos -o results\n"
      "  fruits run photos/Training 'photos/Test/App*' -o results --variance 0.9\n"
      "  fruits run photos -o results --model resnet50 --components 7 --max-rejected 5%\n"
      "  fruits run s3://bucket/photos -o s3://bucket/results --engine spark --master yarn --max-executors "
      "8\n"
      "The same command goes on after a stop, and computes only what is new after a change.");
  const auto target = AddRunFlags(*command, kForRun, "photos, folders (with all below them) or quoted globs");
  const auto spark = std::make_shared<SparkEngine>();
  AddSparkFlags(*command, *spark);
  command->callback([target, spark, &exit_code] { exit_code = RunHereOrOnSpark(*target, *spark); });
}

}  // namespace fruits::cli
