#include <fmt/format.h>

#include <memory>

#include "commands.h"
#include "environment.h"
#include "exit_code.h"
#include "fruits/pipeline/options.h"
#include "fruits/report/run_report.h"
#include "not_empty.h"
#include "speak.h"
#include "stop_signals.h"

namespace fruits::cli {
namespace {

int WriteReport(RunReportOptions& options, const std::string& thumbnails) {
  const auto count = ParseThumbnailCount(thumbnails);
  if (!count) {
    Say("fruits: --report-thumbnails '{}': expected auto, none or a whole number from 0 to 100000",
        thumbnails);
    return kWrongUsage;
  }
  options.thumbnails = *count;
  options.working_directory = WorkingDirectory();
  options.stop = CatchStopSignals(kStartsAnew);
  const Result<WrittenReport> written = WriteRunReport(options);
  if (!written) return Complain(written.error());
  Say("{} photos, {:.1f} MB", written->photos, static_cast<double>(written->size_bytes) / 1e6);
  Print("{}", written->address);
  return kDone;
}

}  // namespace

void AddReport(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("report", "the page of a finished run, from what its folder holds");
  command->footer(
      "Without -o it is written into the folder, as run does it.\n"
      "Examples:\n"
      "  fruits report results\n"
      "  fruits report s3://bucket/results -o page.html --report-thumbnails 5000");
  const auto options = std::make_shared<RunReportOptions>();
  const auto thumbnails = std::make_shared<std::string>("auto");
  command->add_option("URI", options->run, "a folder of run or project")->required();
  command->add_option("-o,--output", options->output, "file to write; report.html in the folder if not given")
      ->check(NotEmpty("a file, or an s3:// address"))
      ->type_name("FILE");
  command
      ->add_option("--report-thumbnails", *thumbnails,
                   "small pictures in it; auto: as many as keep it within 25 MB")
      ->type_name("auto|N|none");
  command->callback([options, thumbnails, &exit_code] { exit_code = WriteReport(*options, *thumbnails); });
}

}  // namespace fruits::cli
