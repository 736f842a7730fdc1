#include "fruits/model/cpu_guard.h"

#include <fmt/format.h>
#include <link.h>

#include <cstdlib>
#include <cstring>
#include <mutex>

#include "model/cpu_environment.h"

namespace fruits {
namespace {

constexpr const char* kVariable = "ONEDNN_MAX_CPU_ISA";
constexpr const char* kCap = "AVX512_CORE_FP16";

int LooksLikePlugin(dl_phdr_info* info, std::size_t /*size*/, void* /*data*/) {
  return info->dlpi_name && std::strstr(info->dlpi_name, "libopenvino_intel_cpu_plugin") ? 1 : 0;
}

bool CpuPluginLoaded() { return dl_iterate_phdr(LooksLikePlugin, nullptr) != 0; }

}  // namespace

std::string MaxCpuIsaVariable() {
  for (const char* name : {kVariable, "DNNL_MAX_CPU_ISA"}) {
    const char* value = std::getenv(name);
    if (value && *value) return value;
  }
  return "";
}

CpuFacts AllowedCpu() { return CapCpuFacts(ThisCpu(), MaxCpuIsaVariable()); }

GuardAction DecideGuard(const CpuFacts& facts, std::string_view max_cpu_isa, bool plugin_loaded) {
  if (!CapCpuFacts(facts, max_cpu_isa).amx_broken()) return GuardAction::kNothing;
  return plugin_loaded ? GuardAction::kRefuse : GuardAction::kCap;
}

Status GuardCpu() {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  switch (DecideGuard(ThisCpu(), MaxCpuIsaVariable(), CpuPluginLoaded())) {
    case GuardAction::kNothing:
      return {};
    case GuardAction::kCap:
      if (setenv(kVariable, kCap, /*overwrite=*/1) != 0) {
        return Fail(ErrorCode::kInternal,
                    fmt::format("{}={} cannot be set: {}", kVariable, kCap, std::strerror(errno)));
      }
      return {};
    case GuardAction::kRefuse:
      break;
  }
  return Fail(
      ErrorCode::kFailedPrecondition,
      fmt::format(
          "this CPU advertises AMX without a palette (CPUID leaf 0x1D), and OpenVINO was already started "
          "with {}='{}': it could die of SIGILL. Set {}={} before the process starts",
          kVariable, MaxCpuIsaVariable(), kVariable, kCap));
}

}  // namespace fruits
