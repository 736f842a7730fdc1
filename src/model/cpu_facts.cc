#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "fruits/model/cpu_guard.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace fruits {
namespace {

constexpr std::uint32_t kTileLeaf = 0x1D;
// XCR0 bits: SSE, AVX; opmask, upper ZMM, high ZMM; tile configuration, tile data.
constexpr std::uint64_t kAvxState = 0x6;
constexpr std::uint64_t kAvx512State = 0xE6;
constexpr std::uint64_t kTileState = 0x60000;

// What the values of ONEDNN_MAX_CPU_ISA that leave AMX out leave in (oneDNN's documentation, "CPU dispatcher
// control"). Those of AVX-512 do not allow AVX-VNNI, which lies beside them.
struct Cap {
  std::string_view name;
  bool avx2;
  bool avx_vnni;
  int avx512;  // how many of AVX-512, its VNNI, BF16 and FP16
};
constexpr Cap kCaps[] = {{"SSE41", false, false, 0},
                         {"AVX", false, false, 0},
                         {"AVX2", true, false, 0},
                         {"AVX2_VNNI", true, true, 0},
                         {"AVX2_VNNI_2", true, true, 0},
                         {"AVX512_CORE", true, false, 1},
                         {"AVX512_CORE_VNNI", true, false, 2},
                         {"AVX512_CORE_BF16", true, false, 3},
                         {"AVX512_CORE_FP16", true, false, 4}};

bool Bit(std::uint32_t word, int bit) { return (word >> bit) & 1U; }
bool All(std::uint64_t xcr0, std::uint64_t bits) { return (xcr0 & bits) == bits; }

std::string Brand(const CpuidReader& cpuid) {
  if (cpuid(0x80000000U, 0).eax < 0x80000004U) return "";
  char text[49] = {};
  for (std::uint32_t i = 0; i < 3; ++i) {
    const CpuidRegisters r = cpuid(0x80000002U + i, 0);
    const std::uint32_t words[4] = {r.eax, r.ebx, r.ecx, r.edx};
    std::memcpy(text + 16 * i, words, 16);
  }
  const std::string brand = text;
  const std::size_t first = brand.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return brand.substr(first, brand.find_last_not_of(' ') - first + 1);
}

}  // namespace

// Bits as in the Intel SDM vol. 2A, CPUID.
CpuFacts ReadCpuFacts(const CpuidReader& cpuid, std::uint64_t xcr0) {
  CpuFacts facts;
  facts.brand = Brand(cpuid);
  const std::uint32_t max_leaf = cpuid(0, 0).eax;
  if (max_leaf < 7) return facts;
  const CpuidRegisters one = cpuid(1, 0);
  const CpuidRegisters seven = cpuid(7, 0);
  // A subleaf past the last one may answer with anything.
  const CpuidRegisters seven_one = seven.eax >= 1 ? cpuid(7, 1) : CpuidRegisters{};
  const std::uint64_t states = Bit(one.ecx, 27) ? xcr0 : 0;

  facts.avx2 = All(states, kAvxState) && Bit(one.ecx, 28) && Bit(one.ecx, 12) && Bit(seven.ebx, 5);
  facts.avx512 = facts.avx2 && All(states, kAvx512State) && Bit(seven.ebx, 16) && Bit(seven.ebx, 17) &&
                 Bit(seven.ebx, 30) && Bit(seven.ebx, 31);
  facts.avx_vnni = facts.avx2 && Bit(seven_one.eax, 4);
  facts.avx512_vnni = (facts.avx512 && Bit(seven.ecx, 11)) || facts.avx_vnni;
  facts.avx512_bf16 = facts.avx512 && Bit(seven_one.eax, 5);
  facts.avx512_fp16 = facts.avx512 && Bit(seven.edx, 23);

  facts.amx_advertised = Bit(seven.edx, 24) || Bit(seven.edx, 25) || Bit(seven.edx, 22);
  // A leaf above the last one repeats another leaf's answer, so its number is looked at first.
  facts.amx_usable = facts.amx_advertised && All(states, kTileState) && max_leaf >= kTileLeaf &&
                     cpuid(kTileLeaf, 0).eax >= 1;
  return facts;
}

CpuFacts ThisCpu() {
#if defined(__x86_64__)
  static const CpuFacts facts = [] {
    const CpuidReader cpuid = [](std::uint32_t leaf, std::uint32_t subleaf) {
      CpuidRegisters r;
      __cpuid_count(leaf, subleaf, r.eax, r.ebx, r.ecx, r.edx);
      return r;
    };
    std::uint64_t xcr0 = 0;
    if (Bit(cpuid(1, 0).ecx, 27)) {
      std::uint32_t low = 0;
      std::uint32_t high = 0;
      __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
      xcr0 = (static_cast<std::uint64_t>(high) << 32) | low;
    }
    return ReadCpuFacts(cpuid, xcr0);
  }();
  return facts;
#else
  return {};
#endif
}

CpuFacts CapCpuFacts(const CpuFacts& facts, std::string_view max_cpu_isa) {
  std::string name(max_cpu_isa);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto cap = std::ranges::find(kCaps, name, &Cap::name);
  if (cap == std::end(kCaps)) return facts;
  CpuFacts left = facts;
  left.avx2 = facts.avx2 && cap->avx2;
  left.avx512 = facts.avx512 && cap->avx512 >= 1;
  left.avx512_vnni =
      (facts.avx_vnni && cap->avx_vnni) || (facts.avx512 && facts.avx512_vnni && cap->avx512 >= 2);
  left.avx512_bf16 = facts.avx512_bf16 && cap->avx512 >= 3;
  left.avx512_fp16 = facts.avx512_fp16 && cap->avx512 >= 4;
  left.amx_usable = false;
  if (left != facts) left.cap = name;
  // These two are no loss: another form does the same, and what is not usable was none.
  left.avx_vnni = facts.avx_vnni && cap->avx_vnni;
  left.amx_advertised = false;
  return left;
}

std::string DescribeIsa(const CpuFacts& facts) {
  return facts.cap.empty() ? IsaName(facts)
                           : fmt::format("{} (ONEDNN_MAX_CPU_ISA is {})", IsaName(facts), facts.cap);
}

std::string IsaName(const CpuFacts& facts) {
  if (facts.amx_usable) return "amx";
  if (facts.avx512_fp16) return "avx512_fp16";
  if (facts.avx512_bf16) return "avx512_bf16";
  if (facts.avx512 && facts.avx512_vnni) return "avx512_vnni";
  if (facts.avx512) return "avx512";
  if (facts.avx2 && facts.avx512_vnni) return "avx2_vnni";
  return facts.avx2 ? "avx2" : "baseline";
}

}  // namespace fruits
