#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <exception>
#include <string>
#include <vector>

#include "errors.h"
#include "fruits/io/storage.h"
#include "fruits/pipeline/fitted_folder.h"
#include "fruits/pipeline/run.h"
#include "fruits/report/run_painter.h"
#include "module.h"
#include "run_options.h"
#include "signals.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace fruits::python {
namespace {

// Shows progress to a Python function; what that raises ends the run and is raised from it.
class ProgressCaller {
 public:
  ProgressCaller(nb::object function, std::stop_source stop)
      : function_(std::move(function)), stop_(std::move(stop)) {}

  void Call(const Progress& progress) {
    const nb::gil_scoped_acquire acquired;
    if (raised_) return;
    try {
      nb::dict event;
      event["phase"] = std::string(ToString(progress.phase));
      event["done"] = progress.done;
      event["total"] = progress.total;
      event["rejected"] = progress.rejected;
      event["seconds"] = progress.seconds;
      event["images_per_second"] = progress.images_per_second;
      event["seconds_left"] = progress.seconds_left;
      function_(event);
    } catch (...) {
      raised_ = std::current_exception();
      stop_.request_stop();
    }
  }

  void Rethrow() const {
    if (raised_) std::rethrow_exception(raised_);
  }

 private:
  const nb::object function_;
  std::stop_source stop_;
  std::exception_ptr raised_;  // under Python's lock
};

nb::dict ToDict(const RunCounts& counts) {
  nb::dict dict;
  dict["photos"] = counts.photos;
  dict["features"] = counts.features;
  dict["rejected"] = counts.rejected;
  dict["computed"] = counts.computed;
  dict["copied"] = counts.copied;
  dict["kept"] = counts.kept;
  dict["added"] = counts.added;
  dict["changed"] = counts.changed;
  dict["removed"] = counts.removed;
  dict["labels"] = counts.labels;
  dict["components"] = counts.components;
  return dict;
}

nb::dict ToDict(const RunSummary& summary) {
  nb::dict dict;
  dict["output"] = summary.output;
  dict["model"] = summary.model;
  dict["counts"] = ToDict(summary.counts);
  dict["seconds"] = summary.seconds;
  dict["images_per_second"] = summary.images_per_second;
  dict["share_of_total"] = summary.share_of_total;
  dict["share_of_kept"] = summary.share_of_kept;
  dict["too_many_rejected"] = summary.too_many_rejected;
  nb::list problems;
  for (const ListingProblem& problem : summary.problems) {
    problems.append(nb::make_tuple(problem.path, problem.reason));
  }
  dict["problems"] = problems;
  return dict;
}

Result<RunSummary> Call(const std::string& command, const RunOptions& options, const std::string& fitted,
                        const RunHooks& hooks) {
  if (command == "extract") return ExtractFeatures(options, hooks);
  if (command == "fit") return FitFeatures(options, hooks);
  if (command == "project") return ProjectFeatures(options, fitted, hooks);
  return fruits::Run(options, hooks);
}

nb::dict RunCommand(const std::string& command, const OptionTexts& texts, const std::string& fitted,
                    nb::object on_progress) {
  const RunOptions options = Value(OptionsFrom(texts));
  std::unique_ptr<ProgressCaller> caller;
  Result<RunSummary> summary = UntilSignal([&](const std::stop_source& stop) {
    if (!on_progress.is_none()) {
      const nb::gil_scoped_acquire acquired;
      caller = std::make_unique<ProgressCaller>(on_progress, stop);
    }
    RunPainter painter;
    RunHooks hooks{.stop = stop.get_token(), .on_progress = {}, .painter = &painter};
    if (caller) hooks.on_progress = [&caller](const Progress& progress) { caller->Call(progress); };
    return Call(command, options, fitted, hooks);
  });
  if (caller) caller->Rethrow();
  return ToDict(Value(std::move(summary)));
}

nb::list Options() {
  nb::list options;
  for (const OptionInfo& info : OptionTable()) {
    nb::dict option;
    option["name"] = std::string(info.name);
    option["help"] = std::string(info.help);
    option["is_switch"] = info.is_switch();
    option["repeatable"] = info.repeatable;
    option["default"] = info.json(RunOptions{});
    nb::list commands;
    for (const auto& [scope, command] :
         {std::pair{kForExtract, "extract"}, {kForFit, "fit"}, {kForProject, "project"}}) {
      if (info.scope & scope) commands.append(nb::str(command));
    }
    option["commands"] = commands;
    options.append(option);
  }
  return options;
}

Fitted LoadFitted(const std::string& address) {
  const nb::gil_scoped_release released;
  Storage storage;
  return Value(ReadFittedFolder(storage, address, ""));
}

void SaveFitted(const Fitted& fitted, const std::string& address) {
  const nb::gil_scoped_release released;
  Storage storage;
  Check(SaveFittedFolder(storage, address, "", fitted));
}

}  // namespace

void BindRun(nb::module_& module) {
  module.def("run", &RunCommand, "command"_a, "options"_a, "fitted"_a, "on_progress"_a.none());
  module.def("options", &Options);
  module.def(
      "check_options", [](const OptionTexts& texts) { Value(OptionsFrom(texts)); }, "options"_a,
      "ValueError: what run() would refuse of them before it looks at any file.");
  module.def("load_fitted", &LoadFitted, "address"_a);
  module.def("save_fitted", &SaveFitted, "fitted"_a, "address"_a);
}

}  // namespace fruits::python
