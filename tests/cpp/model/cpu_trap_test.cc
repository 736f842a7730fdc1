// The trap as it is on this machine, each test in a process of its own because OpenVINO reads the cap once.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <openvino/runtime/core.hpp>
#include <openvino/runtime/properties.hpp>

#include "fruits/model/cpu_guard.h"
#include "fruits/model/feature_extractor.h"
#include "model/test_models.h"

namespace fruits {
namespace {

constexpr const char* kVariable = "ONEDNN_MAX_CPU_ISA";

void ForgetCap() {
  unsetenv(kVariable);
  unsetenv("DNNL_MAX_CPU_ISA");
}

[[noreturn]] void Exit(const std::string& failure) {
  if (!failure.empty()) std::fprintf(stderr, "%s\n", failure.c_str());
  std::fflush(stderr);
  _exit(failure.empty() ? 0 : 1);
}

std::string Infer(bool int8) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path(), int8);
  ExtractorOptions options;
  options.precision = int8 ? Precision::kInt8 : Precision::kBf16;
  options.force = true;
  const auto extractor = FeatureExtractor::Create(bundle, options);
  if (!extractor) {
    // A CPU without bf16 says so rather than computing something else.
    const bool allowed =
        !int8 && !ThisCpu().avx512_bf16 && extractor.error().code() == ErrorCode::kFailedPrecondition;
    return allowed ? "" : extractor.error().message();
  }
  std::vector<float> features(3 * bundle.dimension);
  const Status status = (*extractor)->Extract(test::RandomPhotos(bundle, 3), 3, features);
  if (!status) return status.error().message();
  float largest = 0;
  for (const float value : features) largest = std::max(largest, value);
  return largest > 0 ? "" : "all features are 0";
}

// What GuardCpu left in the environment, against what this CPU needs.
std::string CheckCap() {
  const char* cap = std::getenv(kVariable);
  if (ThisCpu().amx_broken())
    return cap && std::string(cap) == "AVX512_CORE_FP16" ? "" : "the cap is not set";
  return cap ? "the guard set a cap that this CPU does not need" : "";
}

class CpuTrapDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(CpuTrapDeathTest, Bf16RunsHere) {
  EXPECT_EXIT(
      {
        ForgetCap();
        const std::string failure = Infer(false);
        Exit(failure.empty() ? CheckCap() : failure);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(CpuTrapDeathTest, Int8RunsHere) {
  EXPECT_EXIT(
      {
        ForgetCap();
        const std::string failure = Infer(true);
        Exit(failure.empty() ? CheckCap() : failure);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(CpuTrapDeathTest, OpenVinoStartedUncappedIsRefusedWhereTheTrapIs) {
  EXPECT_EXIT(
      {
        ForgetCap();
        ov::Core core;
        core.get_property("CPU", ov::device::full_name);  // loads the plugin
        const Status status = GuardCpu();
        const bool refused = !status && status.error().code() == ErrorCode::kFailedPrecondition;
        Exit(refused == ThisCpu().amx_broken() ? "" : "refused: " + std::to_string(refused));
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(CpuTrapDeathTest, AUsersLowerCapStays) {
  EXPECT_EXIT(
      {
        ForgetCap();
        setenv(kVariable, "AVX2", 1);
        const Status status = GuardCpu();
        Exit(status && std::string(std::getenv(kVariable)) == "AVX2" ? "" : "the cap changed");
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(CpuTrapDeathTest, ACapThatForbidsVnniForbidsInt8ThatNeedsIt) {
  EXPECT_EXIT(
      {
        ForgetCap();
        setenv(kVariable, "AVX2", 1);
        test::TempDir folder;
        const Bundle bundle = test::MakeConvBundle(folder.path(), /*int8=*/true);
        const auto extractor = FeatureExtractor::Create(bundle, {.precision = Precision::kInt8});
        const bool refused = !extractor && extractor.error().code() == ErrorCode::kFailedPrecondition;
        Exit(refused && !AllowedCpu().has_vnni() ? "" : "int8 would run");
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace fruits
