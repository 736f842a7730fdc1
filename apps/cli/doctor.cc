#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

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
void PrintChoices(const std::vector<ModelStore::Listed>& models) {
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

// Whether all in the store are whole.
bool PrintModels(const std::string& address, bool with_choices) {
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
  if (with_choices) PrintChoices(*models);
  return whole;
}

// What a store or CPU lacks, not what is broken.
bool IsLack(ErrorCode code) { return code == ErrorCode::kNotFound || code == ErrorCode::kFailedPrecondition; }

// The network alone, with made-up pixels; what this CPU or store lacks is said, and is no fault.
bool PrintSpeed(const DoctorOptions& options) {
  if (options.speed_of.empty()) {
    Print("speed       not measured; doctor --speed MODEL does, in each precision, in 10 s");
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
  const bool models = PrintModels(StoreDirectory(options.models), options.speed_of.empty());
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
