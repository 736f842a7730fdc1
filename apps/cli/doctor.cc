#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>

#include "commands.h"
#include "environment.h"
#include "exit_code.h"
#include "fruits/core/cpu_share.h"
#include "fruits/core/version.h"
#include "fruits/io/storage.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/model/feature_extractor.h"
#include "fruits/model/model_store.h"
#include "fruits/pipeline/model_choice.h"
#include "fruits/pipeline/run.h"
#include "speak.h"
#include "speed.h"

namespace fruits::cli {
namespace {

struct DoctorOptions {
  std::string models;
  std::string input;
  std::string output;
  std::string speed_of;  // a model
};

constexpr std::chrono::duration<double> kSpeedLength{2.5};  // of each of three precisions

std::string AmxVerdict(const CpuFacts& cpu) {
  if (cpu.amx_usable) return "usable";
  if (cpu.amx_broken()) return "advertised but hidden by the virtual machine: capped to AVX-512";
  return "none";
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

// Whether all in the store are whole.
bool PrintModels(const std::string& address) {
  Print("models      {}", address);
  Storage storage;
  const auto store = ModelStore::Open(storage, address, WorkingDirectory());
  const auto models = store ? store->List() : std::unexpected(store.error());
  if (!models) {
    Print("  {}", models.error().message());
    return false;
  }
  bool whole = true;
  for (const auto& [name, bundle] : *models) {
    Print("  {:<24}{}", name, bundle ? "ok" : bundle.error().message());
    whole = whole && bundle;
  }
  return whole;
}

// The network alone, with made-up pixels; what this CPU or store lacks is said, and is no fault.
bool PrintSpeed(const DoctorOptions& options) {
  if (options.speed_of.empty()) return true;
  RunOptions run;
  run.model = options.speed_of;
  run.models = StoreDirectory(options.models);
  run.cache_directory = CacheDirectory();
  run.working_directory = WorkingDirectory();
  bool any = false;
  for (const char* precision : {"f32", "bf16", "int8"}) {
    const auto speed = MeasureSpeed(run, precision, kSpeedLength);
    Print("{:<12}{}", precision,
          speed ? fmt::format("{:.1f} images/s with {}", speed->images_per_second, speed->model)
                : speed.error().message());
    any = any || speed;
  }
  Storage storage;
  run.best_precision = true;
  if (const auto best = ChooseModel(run, storage, ThisCpu()))
    Print("auto        {}; {}", ToString(best->precision), best->reason);
  return any;
}

int PrintDoctor(const DoctorOptions& options) {
  const CpuFacts cpu = ThisCpu();
  const Status guard = GuardCpu();
  Print("fruits      {}", Version());
  Print("openvino    {}", OpenVinoVersion());
  Print("cpu         {}", cpu.brand);
  Print("isa         {}", IsaName(cpu));
  Print("amx         {}", AmxVerdict(cpu));
  Print("guard       {}", guard ? "ok" : guard.error().message());
  Print("threads     {}", UsableCpus());
  Print("int8        {}",
        cpu.has_vnni() ? "ok (VNNI)" : "models quantized on a CPU like this one; others' sums can saturate");
  const std::string python = PythonInterpreter();
  Print("python      {}",
        python.empty() ? "none beside this program; set FRUITS_PYTHON for models import" : python);
  const bool models = PrintModels(StoreDirectory(options.models));
  const bool access = PrintAccess(options);
  const bool speed = PrintSpeed(options);
  return guard && models && access && speed ? kDone : kFailed;
}

}  // namespace

void AddDoctor(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("doctor", "what this machine has and what is missing");
  command->footer(
      "Example:\n  fruits doctor --input s3://bucket/photos --output s3://bucket/results\n"
      "lists and reads one photo, and writes and removes one object.");
  const auto options = std::make_shared<DoctorOptions>();
  command->add_option("--models", options->models, kModelsHelp)->type_name("URI");
  command->add_option("--input", options->input, "photos that a run would read: can they be?")
      ->type_name("URI");
  command->add_option("--output", options->output, "folder that a run would write to: can it?")
      ->type_name("URI");
  command
      ->add_option("--speed", options->speed_of, "measure images/s of this model in each precision, in 10 s")
      ->type_name("MODEL");
  command->callback([options, &exit_code] { exit_code = PrintDoctor(*options); });
}

}  // namespace fruits::cli
