#include "fruits/forecast/assumptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fruits/model/cpu_guard.h"

namespace fruits {
namespace {

using testing::HasSubstr;

TEST(AssumptionsTest, NamesAreUniqueAndDefaultsAreInRange) {
  const Assumptions defaults;
  std::set<std::string_view> names;
  for (const AssumptionInfo& info : AssumptionTable()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_GE(defaults.*info.value, info.low) << info.name;
    EXPECT_LE(defaults.*info.value, info.high) << info.name;
    EXPECT_FALSE(info.help.empty());
  }
}

TEST(AssumptionsTest, AValueIsSetByName) {
  Assumptions assumptions;
  ASSERT_TRUE(SetAssumption(assumptions, "boot_seconds", "60"));
  EXPECT_EQ(assumptions.boot_seconds, 60);
}

TEST(AssumptionsTest, ABadValueOrNameChangesNothing) {
  Assumptions assumptions;
  for (const char* text : {"", "x", "-1", "nan", "1e9", "60s"}) {
    const Status status = SetAssumption(assumptions, "boot_seconds", text);
    ASSERT_FALSE(status) << text;
    EXPECT_THAT(status.error().message(), HasSubstr("boot_seconds"));
    EXPECT_THAT(status.error().message(), HasSubstr("from 0 to 3600"));
  }
  EXPECT_EQ(assumptions.boot_seconds, Assumptions().boot_seconds);
  EXPECT_THAT(SetAssumption(assumptions, "boots", "1").error().message(), HasSubstr("boot_seconds"));
}

TEST(IsaSpeedTest, EveryInstructionSetThatDoctorNamesIsKnown) {
  CpuFacts facts;
  std::set<std::string> names = {IsaName(facts)};
  facts.avx2 = true;
  names.insert(IsaName(facts));
  facts.avx512_vnni = true;
  names.insert(IsaName(facts));
  for (bool CpuFacts::* more :
       {&CpuFacts::avx512, &CpuFacts::avx512_bf16, &CpuFacts::avx512_fp16, &CpuFacts::amx_usable}) {
    facts.*more = true;
    names.insert(IsaName(facts));
  }
  for (const std::string& name : names) {
    const auto speed = FindIsaSpeed(name);
    ASSERT_TRUE(speed) << name;
    EXPECT_GT(speed->f32, 0);
    EXPECT_GE(speed->int8, speed->f32);
  }
  EXPECT_FALSE(FindIsaSpeed("neon"));
}

}  // namespace
}  // namespace fruits
