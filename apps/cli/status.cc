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

int PrintStatus(const std::string& folder) {
  const Result<FolderStatus> status = InspectFolder(folder, WorkingDirectory());
  if (!status) return Complain(status.error());
  using Kind = FolderStatus::Kind;
  switch (status->kind) {
    case Kind::kEmpty:
      Print("empty: nothing is there");
      return kFailed;
    case Kind::kForeign:
      Print("foreign: files that no run of fruits wrote");
      return kFailed;
    case Kind::kRunning:
      Print("running: {}; {} rows and {} rejected photos are stored", status->holder, status->stored_rows,
            status->stored_rejected);
      return kDone;
    case Kind::kUnfinished:
      Print("unfinished: {} rows and {} rejected photos are stored; the same command goes on{}{}",
            status->stored_rows, status->stored_rejected, status->problem.empty() ? "" : "; ",
            status->problem);
      return kFailed;
    case Kind::kBroken:
      Print("broken: {}", status->problem);
      return kFailed;
    case Kind::kFinished:
      Print("finished: {} of {} photos ({} rejected), {} labels, {} components, {:.1f} s{}",
            status->brief.counts.features, status->brief.counts.photos, status->brief.counts.rejected,
            status->brief.counts.labels, status->brief.counts.components, status->brief.total_seconds,
            status->brief.too_many_rejected ? "; too many rejected" : "");
      return kDone;
  }
  return kFailed;
}

}  // namespace

void AddStatus(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("status", "what a results folder holds: finished, unfinished, running or broken");
  const auto folder = std::make_shared<std::string>();
  command->add_option("URI", *folder, "a results folder")->required();
  command->callback([folder, &exit_code] { exit_code = PrintStatus(*folder); });
}

}  // namespace fruits::cli
