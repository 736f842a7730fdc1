#include <fmt/format.h>

#include <memory>
#include <string>

#include "commands.h"
#include "environment.h"
#include "exit_code.h"
#include "fruits/core/cpu_share.h"
#include "fruits/core/version.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/model/feature_extractor.h"
#include "fruits/model/model_store.h"
#include "speak.h"

namespace fruits::cli {
namespace {

std::string AmxVerdict(const CpuFacts& cpu) {
  if (cpu.amx_usable) return "usable";
  if (cpu.amx_broken()) return "advertised but hidden by the virtual machine: capped to AVX-512";
  return "none";
}

int PrintDoctor(const std::string& models) {
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
        cpu.has_vnni() ? "ok (VNNI)" : "refused without --force: no VNNI, sums can saturate");
  const std::string python = PythonInterpreter();
  Print("python      {}",
        python.empty() ? "none beside this program; set FRUITS_PYTHON for models import" : python);
  const ModelStore store(StoreDirectory(models));
  Print("models      {}", store.directory());
  int broken = 0;
  for (const auto& listed : store.List()) {
    Print("  {:<24}{}", listed.name, listed.bundle ? "ok" : listed.bundle.error().message());
    broken += !listed.bundle;
  }
  return guard && broken == 0 ? kDone : kFailed;
}

}  // namespace

void AddDoctor(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("doctor", "what this machine has and what is missing");
  const auto models = std::make_shared<std::string>();
  command->add_option("--models", *models, "folder of the model store")->type_name("DIR");
  command->callback([models, &exit_code] { exit_code = PrintDoctor(*models); });
}

}  // namespace fruits::cli
