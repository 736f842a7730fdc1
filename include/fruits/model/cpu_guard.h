// Keeps oneDNN from dying of SIGILL where a virtual machine advertises AMX but hides its palette
// (CPUID leaf 0x1D): there it caps the instruction set before OpenVINO starts.
//
//   FRUITS_CHECK(GuardCpu());   // before the process's first ov::Core
//
// Threads: GuardCpu is serialised inside, but setting a variable races with getenv in other threads: call it
// early. One of the two places that touch the environment: it sets ONEDNN_MAX_CPU_ISA, once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "fruits/core/error.h"

namespace fruits {

struct CpuidRegisters {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};
using CpuidReader = std::function<CpuidRegisters(std::uint32_t leaf, std::uint32_t subleaf)>;

// What the CPU has and the operating system lets be used (but amx_advertised: what CPUID says, whatever comes
// of it).
struct CpuFacts {
  bool avx2 = false;         // with FMA
  bool avx512 = false;       // F, BW, DQ, VL
  bool avx512_vnni = false;  // or AVX-VNNI
  bool avx_vnni = false;     // the one that needs no AVX-512
  bool avx512_bf16 = false;
  bool avx512_fp16 = false;
  bool amx_advertised = false;
  bool amx_usable = false;  // advertised, enabled by the operating system, and leaf 0x1D has a palette
  std::string brand = {};   // "AMD EPYC ...", trimmed
  std::string cap = {};     // value of ONEDNN_MAX_CPU_ISA that forbids some of it; empty: all may be used
  bool operator==(const CpuFacts&) const = default;
  bool amx_broken() const { return amx_advertised && !amx_usable; }
  bool has_vnni() const { return avx512_vnni; }
};

// `xcr0` is what XGETBV(0) answers: the register states the operating system saves (Intel SDM vol. 1, 13.3).
// It counts only where CPUID says that XGETBV is there (OSXSAVE).
CpuFacts ReadCpuFacts(const CpuidReader& cpuid, std::uint64_t xcr0);
CpuFacts ThisCpu();  // the real instructions, read once; all false on a CPU that is not x86-64
// What of it oneDNN uses under that value of ONEDNN_MAX_CPU_ISA: without AMX, none of that is advertised
// either. A value that oneDNN does not know, and one that leaves AMX in, forbids nothing.
CpuFacts CapCpuFacts(const CpuFacts& facts, std::string_view max_cpu_isa);
// ThisCpu() under this process's cap, which GuardCpu may set: what decides how features are computed.
CpuFacts AllowedCpu();
// "baseline", "avx2", "avx2_vnni", "avx512", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx"
std::string IsaName(const CpuFacts& facts);
// The same, and the cap where there is one: "avx2 (ONEDNN_MAX_CPU_ISA is AVX2)".
std::string DescribeIsa(const CpuFacts& facts);

// What must be done on such a CPU, given the variable's present value and whether OpenVINO's CPU plugin is
// already loaded. A value at or below AVX512_CORE_FP16 is a cap already and stays as it is (kNothing). Any
// other value still lets oneDNN use AMX, which on such a CPU is death, so it is overridden (kCap).
enum class GuardAction { kNothing, kCap, kRefuse };
GuardAction DecideGuard(const CpuFacts& facts, std::string_view max_cpu_isa, bool plugin_loaded);

// Applies it to this process. kFailedPrecondition where the plugin was loaded uncapped by someone else.
Status GuardCpu();

}  // namespace fruits
