#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "environment.h"
#include "exit_code.h"
#include "fruits/core/cpu_share.h"
#include "fruits/core/try.h"
#include "fruits/core/version.h"
#include "fruits/io/storage.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/model/feature_extractor.h"
#include "fruits/model/model_store.h"
#include "fruits/pipeline/model_choice.h"
#include "fruits/pipeline/run.h"
#include "not_empty.h"
#include "shell_word.h"
#include "speak.h"
#include "speed.h"

namespace fruits::cli {
namespace {

using Models = std::vector<ModelStore::Listed>;

struct DoctorOptions {
  std::string models;
  std::string input;
  std::string output;
  std::string speed_of;  // a model; empty: measures nothing
};

constexpr std::chrono::duration<double> kSpeedLength{2.5};  // of each of three precisions

std::string AmxVerdict(const CpuFacts& cpu, const CpuFacts& allowed) {
  if (cpu.amx_broken()) return "advertised but hidden by the virtual machine: capped to AVX-512";
  if (!cpu.amx_usable) return "none";
  return allowed.amx_usable ? "usable" : fmt::format("forbidden: ONEDNN_MAX_CPU_ISA is {}", allowed.cap);
}

std::string Int8Verdict(const CpuFacts& allowed) {
  if (allowed.has_vnni()) return "ok (VNNI)";
  return fmt::format("models quantized on a CPU like this one{}; others' sums can saturate",
                     allowed.cap.empty() ? "" : ", under this cap");
}

// Whether the addresses that a run would use can be used.
bool PrintAccess(const DoctorOptions& options) {
  if (options.input.empty() && options.output.empty()) return true;
  Storage storage;
  const auto is_s3 = [](const std::string& text) {
    const auto uri = ParseUri(text, "/");
    return uri && uri->scheme == Scheme::kS3;
  };
  if (is_s3(options.input) || is_s3(options.output)) {
    const auto s3 = storage.DescribeS3();
    Print("s3          {}", s3 ? *s3 : s3.error().message());
  }
  bool fine = true;
  const auto print = [&](const char* name, const std::string& address, const Status& status) {
    Print("{:<12}{}: {}", name, address, status ? "ok" : status.error().message());
    fine = fine && status.has_value();
  };
  if (!options.input.empty())
    print("input", options.input, storage.CheckInput(options.input, WorkingDirectory()));
  if (!options.output.empty())
    print("output", options.output, CheckOutput(options.output, WorkingDirectory()));
  return fine;
}

// What --precision auto makes of each f32 model, by the bundles alone: health checks ask often.
void PrintChoices(const Models& models) {
  for (const auto& [name, base] : models) {
    if (!base || base->precision == Precision::kInt8) continue;
    RunOptions run;
    run.model = name;
    const auto int8 = std::ranges::find(models, name + "-int8", &ModelStore::Listed::name);
    const bool has_int8 = int8 != models.end();
    if (has_int8 && !int8->bundle) {
      Print("auto        {}: fails: {}", name, int8->bundle.error().message());
      continue;
    }
    const PrecisionChoice choice =
        ChoosePrecision(*base, has_int8 ? &*int8->bundle : nullptr, run, AllowedCpu());
    Print("auto        {}: {}; {}", name, ToString(choice.precision), choice.reason);
  }
}

// How the default model comes into a store that has none.
std::string HowToImport(const DoctorOptions& options, const std::string& store) {
  const std::string name = RunOptions{}.model;
  if (store.starts_with('/')) {
    return fmt::format("fruits models import {}{} brings the default one", name,
                       options.models.empty() ? "" : " --models " + ShellWord(store));
  }
  return fmt::format(
      "import one with 'fruits models import {0} --models DIR', then 'aws s3 cp --recursive DIR/{0} {1}'",
      name, ShellWord(store + "/" + name));
}

// What the store has; says so where that is nothing. A folder that the user named is meant to be there; the
// usual one comes with the first import, and nothing below an address in a bucket is an empty store.
Result<Models> ListModels(const DoctorOptions& options) {
  Storage storage;
  FRUITS_TRY(const auto store, ModelStore::Open(storage, StoreDirectory(options.models), WorkingDirectory()));
  FRUITS_TRY(Models models, store.List());
  if (!models.empty()) return models;
  const std::string address = store.address();
  const std::string how = HowToImport(options, address);
  const bool is_named = !options.models.empty() || !Variable("FRUITS_MODELS").empty();
  std::error_code error;
  if (is_named && address.starts_with('/') &&
      std::filesystem::status(address, error).type() == std::filesystem::file_type::not_found) {
    return Fail(
        ErrorCode::kNotFound,
        fmt::format("--models (or FRUITS_MODELS) {}: there is no such folder; expected a model store; {}",
                    address, how));
  }
  Print("  no models; {}", how);
  return models;
}

// Whether all in the store are whole; `models`: what is there.
bool PrintModels(const DoctorOptions& options, Models& models) {
  Print("models      {}", StoreDirectory(options.models));
  auto listed = ListModels(options);
  if (!listed) {
    Print("  {}", listed.error().message());
    return false;
  }
  models = std::move(*listed);
  bool whole = true;
  for (const auto& [name, bundle] : models) {
    Print("  {:<24}{}", name, bundle ? "ok" : bundle.error().message());
    whole = whole && bundle;
  }
  if (options.speed_of.empty()) PrintChoices(models);
  return whole;
}

// What a store or CPU lacks, not what is broken.
bool IsLack(ErrorCode code) { return code == ErrorCode::kNotFound || code == ErrorCode::kFailedPrecondition; }

// The command that measures what is in the store: the default model, else the first that is whole.
void PrintHowToMeasure(const DoctorOptions& options, const Models& models) {
  const std::string usual = RunOptions{}.model;
  std::string name;
  for (const auto& model : models) {
    if (model.bundle && (name.empty() || model.name == usual)) name = model.name;
  }
  if (name.empty()) return Print("speed       not measured: there is no model");
  Print("speed       not measured; fruits doctor{} --speed{} does: {}, in each precision, in 10 s",
        options.models.empty() ? "" : " --models " + ShellWord(options.models),
        name == usual ? "" : " " + ShellWord(name), name);
}

// The network alone, with made-up pixels; what this CPU or store lacks is said, and is no fault.
bool PrintSpeed(const DoctorOptions& options, const Models& models) {
  if (options.speed_of.empty()) {
    PrintHowToMeasure(options, models);
    return true;
  }
  RunOptions run;
  run.model = options.speed_of;
  run.models = StoreDirectory(options.models);
  run.cache_directory = CacheDirectory();
  run.working_directory = WorkingDirectory();
  bool any = false;
  bool fine = true;
  for (const char* precision : {"f32", "bf16", "int8"}) {
    const auto speed = MeasureSpeed(run, precision, kSpeedLength);
    Print("{:<12}{}", precision,
          speed ? fmt::format("{:.1f} images/s with {}", speed->images_per_second, speed->model)
                : speed.error().message());
    any = any || speed;
    fine = fine && (speed || IsLack(speed.error().code()));
  }
  Storage storage;
  run.best_precision = true;
  const auto best = ChooseModel(run, storage, AllowedCpu());
  Print("auto        {}", best ? fmt::format("{}; {}", ToString(best->precision), best->reason)
                               : "fails: " + best.error().message());
  return any && fine && best;
}

int PrintDoctor(const DoctorOptions& options) {
  const CpuFacts cpu = ThisCpu();
  const Status guard = GuardCpu();
  const CpuFacts allowed = AllowedCpu();
  Print("fruits      {}", Version());
  Print("openvino    {}", OpenVinoVersion());
  Print("cpu         {}", cpu.brand);
  Print("isa         {}{}", DescribeIsa(allowed),
        allowed.cap.empty() ? "" : fmt::format("; the CPU has {}", IsaName(cpu)));
  Print("amx         {}", AmxVerdict(cpu, allowed));
  Print("guard       {}", guard ? "ok" : guard.error().message());
  Print("threads     {}", UsableCpus());
  Print("int8        {}", Int8Verdict(allowed));
  const std::string python = PythonInterpreter();
  Print("python      {}",
        python.empty() ? "none beside this program; set FRUITS_PYTHON for models import" : python);
  Models models;
  const bool whole = PrintModels(options, models);
  const bool access = PrintAccess(options);
  const bool speed = PrintSpeed(options, models);
  return guard && whole && access && speed ? kDone : kFailed;
}

}  // namespace

void AddDoctor(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("doctor", "what this machine has and what is missing");
  command->footer(
      "Examples:\n"
      "  fruits doctor --input s3://bucket/photos --output s3://bucket/results\n"
      "lists and reads one photo, and writes and removes one object.\n"
      "  fruits doctor --speed\n"
      "measures the default model.");
  const auto options = std::make_shared<DoctorOptions>();
  command->add_option("--models", options->models, kModelsHelp)
      ->check(NotEmpty(kModelsExpected))
      ->type_name("URI");
  command->add_option("--input", options->input, "photos that a run would read: can they be?")
      ->check(NotEmpty("a folder, a glob, or an s3:// address"))
      ->type_name("URI");
  command->add_option("--output", options->output, "folder that a run would write to: can it?")
      ->check(NotEmpty("a folder, or an s3:// address"))
      ->type_name("URI");
  const CLI::Option* speed =
      command
          ->add_option("--speed", options->speed_of,
                       "measure images/s of this model in each precision that is installed, in 10 s")
          ->expected(0, 1)  // without a value: what run takes by default
          ->default_str(RunOptions{}.model)
          ->option_text(fmt::format("[MODEL={}]", RunOptions{}.model));
  command->callback([options, speed, &exit_code] {
    const bool is_named_nothing = speed->count() > 0 && options->speed_of.empty();
    exit_code = is_named_nothing
                    ? Complain(Error(ErrorCode::kInvalidArgument,
                                     "--speed '': expected a model's name, path or s3:// address"))
                    : PrintDoctor(*options);
  });
}

}  // namespace fruits::cli
