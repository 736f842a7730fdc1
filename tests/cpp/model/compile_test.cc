#include "model/compile.h"

#include <gtest/gtest.h>

#include <openvino/runtime/properties.hpp>
#include <set>
#include <string>

#include "model/test_models.h"

namespace fruits {
namespace {

class CompileTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(GuardCpu()); }

  CompiledFeatures MustCompile(const Bundle& bundle, const ExtractorOptions& options) {
    auto compiled = CompileFeatures(core_, bundle, options, ThisCpu(), [] { return true; });
    if (!compiled) {
      ADD_FAILURE() << compiled.error().message();
      std::abort();
    }
    return *compiled;
  }
  // In what the plugin really computes its convolutions and products.
  static std::set<std::string> Precisions(const CompiledFeatures& features) {
    std::set<std::string> found;
    for (const auto& node : features.model.get_runtime_model()->get_ordered_ops()) {
      const auto& info = node->get_rt_info();
      const auto type = info.find("layerType");
      const auto precision = info.find("runtimePrecision");
      if (type == info.end() || precision == info.end()) continue;
      const std::string name = type->second.as<std::string>();
      if (name == "Convolution" || name == "FullyConnected" || name == "MatMul") {
        found.insert(precision->second.as<std::string>());
      }
    }
    return found;
  }

  test::TempDir folder_;
  ov::Core core_;
};

TEST_F(CompileTest, F32ComputesInF32) {
  const auto compiled = MustCompile(test::MakeConvBundle(folder_.path()), {});
  EXPECT_EQ(Precisions(compiled), std::set<std::string>{"f32"});
}

TEST_F(CompileTest, F32ComputesInF32FromTheCacheToo) {
  const ExtractorOptions options{.cache_directory = (folder_.path() / "cache").string()};
  const Bundle bundle = test::MakeConvBundle(folder_.path());
  MustCompile(bundle, options);
  EXPECT_EQ(Precisions(MustCompile(bundle, options)), std::set<std::string>{"f32"});
}

TEST_F(CompileTest, Int8ComputesInInt8) {
  const auto compiled =
      MustCompile(test::MakeConvBundle(folder_.path(), true), {.precision = Precision::kInt8});
  const auto found = Precisions(compiled);
  EXPECT_TRUE(found.contains("u8") || found.contains("i8")) << "the first convolution sees signed values";
  EXPECT_FALSE(found.contains("bf16"));
}

TEST_F(CompileTest, Bf16ComputesInBf16OrIsRefused) {
  const Bundle bundle = test::MakeConvBundle(folder_.path());
  const auto compiled =
      CompileFeatures(core_, bundle, {.precision = Precision::kBf16}, ThisCpu(), [] { return true; });
  if (!compiled) {
    EXPECT_FALSE(ThisCpu().avx512_bf16) << compiled.error().message();
    EXPECT_EQ(compiled.error().code(), ErrorCode::kFailedPrecondition);
    return;
  }
  EXPECT_TRUE(Precisions(*compiled).contains("bf16"));
}

TEST_F(CompileTest, TheClassifierIsNotComputed) {
  const auto compiled = MustCompile(test::MakeConvBundle(folder_.path()), {});
  EXPECT_EQ(compiled.model.outputs().size(), 1U);
  for (const auto& node : compiled.model.get_runtime_model()->get_ordered_ops()) {
    const std::string type = node->get_rt_info().at("layerType").as<std::string>();
    EXPECT_TRUE(type != "FullyConnected" && type != "MatMul") << node->get_friendly_name();
  }
}

TEST_F(CompileTest, ThreadsAreWhatWasAsked) {
  const auto compiled = MustCompile(test::MakeConvBundle(folder_.path()), {.batch_size = 3, .threads = 1});
  EXPECT_EQ(compiled.model.get_property(ov::inference_num_threads), 1);
  EXPECT_EQ(compiled.requests, 1);
  EXPECT_EQ(compiled.batch, 3);
}

}  // namespace
}  // namespace fruits
