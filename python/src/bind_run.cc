#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "errors.h"
#include "fruits/io/storage.h"
#include "fruits/io/uri.h"
#include "fruits/pipeline/fitted_folder.h"
#include "fruits/pipeline/model_choice.h"
#include "fruits/pipeline/run.h"
#include "fruits/pipeline/run_json.h"
#include "fruits/pipeline/task_worker.h"
#include "fruits/report/run_painter.h"
#include "module.h"
#include "run_options.h"
#include "signals.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace fruits::python {
namespace {

// Python functions that a run calls from its threads. What one raises ends the run, and is raised from it.
class Callbacks {
 public:
  Callbacks(nb::object on_progress, nb::object distribute)
      : on_progress_(std::move(on_progress)), distribute_(std::move(distribute)) {}

  RunHooks Hooks(const std::stop_source& stop, Painter& painter) {
    stop_ = stop;
    RunHooks hooks{.stop = stop.get_token(), .on_progress = {}, .painter = &painter};
    if (!on_progress_.is_none()) {
      hooks.on_progress = [this](const Progress& progress) { (void)Call([&] { Show(progress); }); };
    }
    if (!distribute_.is_none()) {
      hooks.distribute = [this](const std::vector<std::string>& tasks) {
        return Call([&] { distribute_(tasks); });
      };
    }
    return hooks;
  }

  void Rethrow() const {
    if (raised_) std::rethrow_exception(raised_);
  }

 private:
  template <typename Function>
  Status Call(Function function) {
    const nb::gil_scoped_acquire acquired;
    if (!raised_) {
      try {
        function();
        return {};
      } catch (...) {
        raised_ = std::current_exception();
        stop_.request_stop();
      }
    }
    return Fail(ErrorCode::kCancelled, "a function that the run called raised");
  }

  void Show(const Progress& progress) {
    nb::dict event;
    event["phase"] = std::string(ToString(progress.phase));
    event["done"] = progress.done;
    event["total"] = progress.total;
    event["rejected"] = progress.rejected;
    event["seconds"] = progress.seconds;
    event["images_per_second"] = progress.images_per_second;
    event["seconds_left"] = progress.seconds_left;
    on_progress_(event);
  }

  const nb::object on_progress_, distribute_;
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

nb::dict ToDict(const RunUse& use) {
  nb::dict dict;
  dict["cpu_seconds"] = use.cpu_seconds;
  if (use.cores > 0) {
    dict["cores"] = use.cores;
    dict["core_hours"] = use.core_hours;
  }
  if (use.price_per_hour > 0) {
    dict["price_per_hour"] = use.price_per_hour;
    dict["cost"] = use.cost;
  }
  return dict;
}

nb::dict ToDict(const RunSummary& summary) {
  nb::dict dict;
  dict["output"] = summary.output;
  dict["model"] = summary.model;
  dict["precision"] = summary.precision;
  dict["precision_reason"] = summary.precision_reason;
  dict["counts"] = ToDict(summary.counts);
  dict["use"] = ToDict(summary.use);
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
                    nb::object on_progress, nb::object distribute) {
  const RunOptions options = Value(OptionsFrom(texts));
  Callbacks callbacks(std::move(on_progress), std::move(distribute));
  Result<RunSummary> summary = UntilSignal([&](const std::stop_source& stop) {
    RunPainter painter({.thumbnails = options.report_thumbnails});
    return Call(command, options, fitted, callbacks.Hooks(stop, painter));
  });
  callbacks.Rethrow();
  return ToDict(Value(std::move(summary)));
}

std::unique_ptr<TaskWorker> CreateWorker(const OptionTexts& texts) {
  const nb::gil_scoped_release released;
  return Value(TaskWorker::Create(Value(OptionsFrom(texts))));
}

// (model, precision, reason) that such a run would take on this machine.
nb::tuple ChosenModel(const OptionTexts& texts) {
  const RunOptions options = Value(OptionsFrom(texts));
  const ModelChoice choice = [&] {
    const nb::gil_scoped_release released;
    Storage storage;
    return Value(ChooseModel(options, storage, AllowedCpu()));
  }();
  return nb::make_tuple(choice.model, std::string(ToString(choice.precision)), choice.reason);
}

nb::dict Compute(TaskWorker& worker, const std::vector<std::string>& tasks) {
  const TaskSummary summary = Value(
      UntilSignal([&](const std::stop_source& stop) { return worker.Compute(tasks, stop.get_token()); }));
  nb::dict dict;
  dict["photos"] = summary.photos;
  dict["rejected"] = summary.rejected;
  dict["seconds"] = summary.seconds;
  return dict;
}

nb::list Options() {
  nb::list options;
  for (const OptionInfo& info : OptionTable()) {
    nb::dict option;
    option["name"] = std::string(info.name);
    option["help"] = std::string(info.help);
    option["flag"] = std::string(info.flag);
    option["value"] = std::string(info.value);
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

// A picture of a finished run, named in its run.json.
void WritePicture(const std::string& address, const std::string& name, const nb::bytes& png) {
  const std::string bytes(png.c_str(), png.size());
  const nb::gil_scoped_release released;
  Storage storage;
  const auto folder = Value(storage.OpenFolder(Value(ParseUri(address, ""))));
  const auto lease = Value(folder->TakeLease("fruits, drawing " + name));
  Check(WriteNamedFile(*folder, name, [&] { return folder->Write(name, bytes); }));
}

bool HasFile(const std::string& address, const std::string& name) {
  const nb::gil_scoped_release released;
  Storage storage;
  return Value(Value(storage.OpenFolder(Value(ParseUri(address, ""))))->Exists(name));
}

}  // namespace

void BindRun(nb::module_& module) {
  module.def("run", &RunCommand, "command"_a, "options"_a, "fitted"_a, "on_progress"_a.none(),
             "distribute"_a.none());
  nb::class_<TaskWorker>(module, "TaskWorker")
      .def_static("create", &CreateWorker, "options"_a)
      .def("compute", &Compute, "tasks"_a);
  module.def("options", &Options);
  module.def("choose_model", &ChosenModel, "options"_a,
             "Model, precision and why, as a run with these options would choose them here.");
  module.def(
      "check_options", [](const OptionTexts& texts) { Value(OptionsFrom(texts)); }, "options"_a,
      "ValueError: what run() would refuse of them before it looks at any file.");
  module.def(
      "check_inputs",
      [](const OptionTexts& texts) {
        const RunOptions options = Value(OptionsFrom(texts));
        Check(UntilSignal(
            [&](const std::stop_source& stop) { return CheckRunInputs(options, stop.get_token()); }));
      },
      "options"_a, "What run() would say of inputs that cannot be listed, or have no photo.");
  module.def("write_picture", &WritePicture, "address"_a, "name"_a, "png"_a);
  module.def("has_file", &HasFile, "address"_a, "name"_a);
  module.def("load_fitted", &LoadFitted, "address"_a);
  module.def("save_fitted", &SaveFitted, "fitted"_a, "address"_a);
}

}  // namespace fruits::python
