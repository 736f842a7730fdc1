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
  fmt::print("fruits      {}\n", Version());
  fmt::print("openvino    {}\n", OpenVinoVersion());
  fmt::print("cpu         {}\n", cpu.brand);
  fmt::print("isa         {}\n", IsaName(cpu));
  fmt::print("amx         {}\n", AmxVerdict(cpu));
  fmt::print("guard       {}\n", guard ? "ok" : guard.error().message());
  fmt::print("threads     {}\n", UsableCpus());
  fmt::print("int8        {}\n",
             cpu.has_vnni() ? "ok (VNNI)" : "refused without --force: no VNNI, sums can saturate");
  const std::string python = PythonInterpreter();
  fmt::print("python      {}\n",
             python.empty() ? "none beside this program; set FRUITS_PYTHON for models import" : python);
  const ModelStore store(StoreDirectory(models));
  fmt::print("models      {}\n", store.directory());
  int broken = 0;
  for (const auto& listed : store.List()) {
    fmt::print("  {:<24}{}\n", listed.name, listed.bundle ? "ok" : listed.bundle.error().message());
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
