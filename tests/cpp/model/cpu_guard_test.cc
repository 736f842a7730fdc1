#include "fruits/model/cpu_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

namespace fruits {
namespace {

constexpr std::uint64_t kAllStates = 0x600E7;
constexpr std::uint64_t kNoTiles = 0xE7;

// A server CPU of 2023 and what may be taken away from it.
struct FakeCpu {
  std::uint32_t max_leaf = 0x20;
  std::uint32_t palette = 1;
  bool osxsave = true;
  bool amx = true;
  bool avx512 = true;
  bool avx_vnni = true;

  CpuidReader Reader() const {
    return [*this](std::uint32_t leaf, std::uint32_t subleaf) -> CpuidRegisters {
      if (leaf >= 0x80000000U) return {};
      // As Intel's do: above the last leaf comes the last leaf's answer, which looks like a palette.
      if (leaf > max_leaf) return {1, 1, 1, 1};
      if (leaf == 0) return {max_leaf, 0, 0, 0};
      if (leaf == 1) return {0, 0, (1U << 12) | (1U << 28) | (osxsave ? 1U << 27 : 0U), 0};
      if (leaf == 7 && subleaf == 0) {
        const std::uint32_t ebx =
            (1U << 5) | (avx512 ? (1U << 16) | (1U << 17) | (1U << 30) | (1U << 31) : 0U);
        const std::uint32_t edx =
            (amx ? (1U << 22) | (1U << 24) | (1U << 25) : 0U) | (avx512 ? 1U << 23 : 0U);
        return {1, ebx, avx512 ? 1U << 11 : 0U, edx};
      }
      if (leaf == 7 && subleaf == 1) return {(avx_vnni ? 1U << 4 : 0U) | (avx512 ? 1U << 5 : 0U), 0, 0, 0};
      if (leaf == 0x1D && subleaf == 0) return {palette, 0, 0, 0};
      return {};
    };
  }
  CpuFacts Facts(std::uint64_t xcr0 = kAllStates) const { return ReadCpuFacts(Reader(), xcr0); }
};

TEST(CpuFactsTest, AWholeCpuHasEverything) {
  const CpuFacts facts = FakeCpu{}.Facts();
  EXPECT_TRUE(facts.avx2 && facts.avx512 && facts.avx512_vnni && facts.avx512_bf16 && facts.avx512_fp16);
  EXPECT_TRUE(facts.amx_advertised && facts.amx_usable);
  EXPECT_FALSE(facts.amx_broken());
  EXPECT_EQ(IsaName(facts), "amx");
}

TEST(CpuFactsTest, WithoutAmxNothingIsBroken) {
  const CpuFacts facts = FakeCpu{.amx = false}.Facts();
  EXPECT_FALSE(facts.amx_advertised || facts.amx_usable || facts.amx_broken());
  EXPECT_EQ(IsaName(facts), "avx512_fp16");
}

TEST(CpuFactsTest, AmxWithoutPaletteIsBroken) { EXPECT_TRUE(FakeCpu{.palette = 0}.Facts().amx_broken()); }

TEST(CpuFactsTest, AmxWithItsLeafHiddenIsBroken) {
  const CpuFacts facts = FakeCpu{.max_leaf = 0x1C}.Facts();
  EXPECT_TRUE(facts.amx_broken());
  EXPECT_TRUE(facts.avx512_fp16);
  EXPECT_EQ(IsaName(facts), "avx512_fp16");
}

TEST(CpuFactsTest, AmxThatTheSystemDoesNotSaveIsNotUsable) {
  EXPECT_TRUE(FakeCpu{}.Facts(kNoTiles).amx_broken());
}

TEST(CpuFactsTest, AvxNeedsTheSystem) {
  EXPECT_EQ(IsaName(FakeCpu{.osxsave = false}.Facts()), "baseline");
  EXPECT_EQ(IsaName(FakeCpu{}.Facts(0x3)), "baseline");
  const CpuFacts only_avx = FakeCpu{}.Facts(0x7);
  EXPECT_TRUE(only_avx.avx2);
  EXPECT_FALSE(only_avx.avx512 || only_avx.avx512_bf16 || only_avx.avx512_fp16);
}

TEST(CpuFactsTest, VnniComesWithAvx512OrWithAvx) {
  const CpuFacts with_avx_vnni = FakeCpu{.amx = false, .avx512 = false}.Facts();
  EXPECT_TRUE(with_avx_vnni.has_vnni());
  EXPECT_EQ(IsaName(with_avx_vnni), "avx2_vnni");
  const CpuFacts without = FakeCpu{.amx = false, .avx512 = false, .avx_vnni = false}.Facts();
  EXPECT_FALSE(without.has_vnni());
  EXPECT_EQ(IsaName(without), "avx2");
}

TEST(CpuFactsTest, AnOldCpuHasNothing) { EXPECT_EQ(IsaName(FakeCpu{.max_leaf = 5}.Facts()), "baseline"); }

TEST(CpuFactsTest, BrandIsTrimmed) {
  const std::string brand = "  Some CPU @ 2.00GHz";
  const CpuidReader cpuid = [&](std::uint32_t leaf, std::uint32_t) -> CpuidRegisters {
    if (leaf == 0x80000000U) return {0x80000008U, 0, 0, 0};
    if (leaf < 0x80000002U || leaf > 0x80000004U) return {};
    char text[48] = {};
    brand.copy(text, 47);
    std::uint32_t words[4];
    std::memcpy(words, text + 16 * (leaf - 0x80000002U), 16);
    return {words[0], words[1], words[2], words[3]};
  };
  EXPECT_EQ(ReadCpuFacts(cpuid, 0).brand, "Some CPU @ 2.00GHz");
}

TEST(CapTest, ForbidsWhatTheValueLeavesOut) {
  const CpuFacts whole = FakeCpu{}.Facts();
  const auto isa = [&](const char* cap) { return IsaName(CapCpuFacts(whole, cap)); };
  EXPECT_EQ(isa("SSE41"), "baseline");
  EXPECT_EQ(isa("AVX"), "baseline");
  EXPECT_EQ(isa("AVX2"), "avx2");
  EXPECT_EQ(isa("AVX2_VNNI"), "avx2_vnni");
  EXPECT_EQ(isa("AVX512_CORE"), "avx512");
  EXPECT_EQ(isa("avx512_core_vnni"), "avx512_vnni");
  EXPECT_EQ(isa("AVX512_CORE_BF16"), "avx512_bf16");
  EXPECT_EQ(isa("AVX512_CORE_FP16"), "avx512_fp16");
  const CpuFacts avx2 = CapCpuFacts(whole, "AVX2");
  EXPECT_FALSE(avx2.has_vnni() || avx2.amx_usable || avx2.amx_broken());
  EXPECT_EQ(DescribeIsa(avx2), "avx2 (ONEDNN_MAX_CPU_ISA is AVX2)");
}

TEST(CapTest, OtherValuesForbidNothing) {
  const CpuFacts whole = FakeCpu{}.Facts();
  for (const char* value : {"", "ALL", "DEFAULT", "AVX512_CORE_AMX", "nonsense"}) {
    EXPECT_EQ(CapCpuFacts(whole, value), whole) << value;
  }
  EXPECT_EQ(DescribeIsa(whole), "amx");
}

TEST(CapTest, OfTwoFormsOfVnniTheOneThatIsThereMustBeAllowed) {
  const CpuFacts avx_vnni = FakeCpu{.amx = false, .avx512 = false}.Facts();
  EXPECT_TRUE(CapCpuFacts(avx_vnni, "AVX2_VNNI").has_vnni());
  EXPECT_FALSE(CapCpuFacts(avx_vnni, "AVX512_CORE_VNNI").has_vnni());
  const CpuFacts avx512_vnni = FakeCpu{.amx = false, .avx_vnni = false}.Facts();
  EXPECT_FALSE(CapCpuFacts(avx512_vnni, "AVX2_VNNI").has_vnni());
  EXPECT_TRUE(CapCpuFacts(avx512_vnni, "AVX512_CORE_VNNI").has_vnni());
}

TEST(CapTest, IsNamedOnlyWhereItCostsSomething) {
  EXPECT_EQ(CapCpuFacts(FakeCpu{.amx = false}.Facts(), "AVX512_CORE_FP16").cap, "");
  EXPECT_EQ(CapCpuFacts(FakeCpu{.palette = 0}.Facts(), "AVX512_CORE_FP16").cap, "");
  EXPECT_EQ(CapCpuFacts(FakeCpu{}.Facts(), "AVX512_CORE_FP16").cap, "AVX512_CORE_FP16");
}

TEST(GuardTest, LeavesWholeCpusAlone) {
  for (const bool loaded : {false, true}) {
    EXPECT_EQ(DecideGuard(FakeCpu{}.Facts(), "", loaded), GuardAction::kNothing);
    EXPECT_EQ(DecideGuard(FakeCpu{.amx = false}.Facts(), "", loaded), GuardAction::kNothing);
    EXPECT_EQ(DecideGuard(FakeCpu{}.Facts(), "AVX512_CORE_AMX", loaded), GuardAction::kNothing);
  }
}

TEST(GuardTest, CapsABrokenCpuBeforeOpenVinoStarts) {
  const CpuFacts broken = FakeCpu{.max_leaf = 0x1C}.Facts();
  EXPECT_EQ(DecideGuard(broken, "", false), GuardAction::kCap);
}

TEST(GuardTest, RefusesWhenOpenVinoStartedUncapped) {
  const CpuFacts broken = FakeCpu{.palette = 0}.Facts();
  EXPECT_EQ(DecideGuard(broken, "", true), GuardAction::kRefuse);
  EXPECT_EQ(DecideGuard(broken, "AVX512_CORE_AMX", true), GuardAction::kRefuse);
}

TEST(GuardTest, RespectsACapThatExcludesAmx) {
  const CpuFacts broken = FakeCpu{.palette = 0}.Facts();
  for (const char* cap : {"SSE41", "AVX2", "AVX2_VNNI", "AVX512_CORE", "AVX512_CORE_VNNI", "AVX512_CORE_BF16",
                          "AVX512_CORE_FP16", "avx512_core_fp16"}) {
    EXPECT_EQ(DecideGuard(broken, cap, false), GuardAction::kNothing) << cap;
    EXPECT_EQ(DecideGuard(broken, cap, true), GuardAction::kNothing) << cap;
  }
}

TEST(GuardTest, OverridesAValueThatStillAllowsAmx) {
  const CpuFacts broken = FakeCpu{.palette = 0}.Facts();
  for (const char* value : {"AVX512_CORE_AMX", "AVX512_CORE_AMX_FP16", "DEFAULT", "ALL", "nonsense"}) {
    EXPECT_EQ(DecideGuard(broken, value, false), GuardAction::kCap) << value;
  }
}

}  // namespace
}  // namespace fruits
