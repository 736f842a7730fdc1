#include "fruits/pipeline/model_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "temp_folder.h"

namespace fruits {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

constexpr const char* kDigest = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr const char* kOther = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

class ModelChoiceTest : public testing::Test {
 protected:
  // A bundle.json; nothing here reads the model.
  void Put(const std::string& name, const std::string& precision, const Json& more = Json::object()) {
    Json json{{"format", 1},
              {"name", name},
              {"version", "1"},
              {"model_file", "model.xml"},
              {"input",
               {{"width", 32},
                {"height", 32},
                {"color_order", "rgb"},
                {"mean", {0, 0, 0}},
                {"scale", {1, 1, 1}},
                {"resize_filter", "bicubic"}}},
              {"outputs", {{"features", "features"}}},
              {"dimension", 8},
              {"precision", precision},
              {"sha256", {{"model.xml", kDigest}}}};
    json.update(more);
    std::filesystem::create_directories(store_.path() / name);
    std::ofstream(store_.path() / name / "bundle.json") << json.dump();
  }
  static Json QuantizedFrom(const char* digest) {
    return {{"quantized_from",
             {{"sha256", {{"model.xml", digest}}}, {"cosine", 0.9925}, {"accuracy_drop", 0.001}}}};
  }

  Result<ModelChoice> Choose(const std::string& precision, const CpuFacts& cpu) {
    RunOptions options;
    options.model = "net";
    options.models = store_.path().string();
    EXPECT_TRUE(SetOption(options, "precision", precision));
    return ChooseModel(options, storage_, cpu);
  }

  CpuFacts avx2_{.avx2 = true};
  CpuFacts vnni_{.avx2 = true, .avx512 = true, .avx512_vnni = true, .avx512_bf16 = true};
  CpuFacts amx_{.avx2 = true,
                .avx512 = true,
                .avx512_vnni = true,
                .avx512_bf16 = true,
                .amx_advertised = true,
                .amx_usable = true};
  test::TempFolder store_;
  Storage storage_;
};

TEST_F(ModelChoiceTest, UnaskedItIsTheModelsOwn) {
  Put("net", "f32");
  Put("net-int8", "int8", QuantizedFrom(kDigest));
  const auto choice = Choose("model", vnni_);
  ASSERT_TRUE(choice) << choice.error().message();
  EXPECT_EQ(choice->precision, Precision::kF32);
  EXPECT_EQ(choice->bundle.name, "net");
  EXPECT_EQ(choice->reason, "");
}

TEST_F(ModelChoiceTest, AutoTakesAGoodInt8ModelWhereItRunsSafely) {
  Put("net", "f32");
  Put("net-int8", "int8", QuantizedFrom(kDigest));
  auto choice = Choose("auto", vnni_);
  ASSERT_TRUE(choice) << choice.error().message();
  EXPECT_EQ(choice->bundle.name, "net-int8");
  EXPECT_EQ(choice->precision, Precision::kInt8);
  EXPECT_EQ(choice->reason, "net-int8: cosine 0.9925 to f32, accuracy -0.10 points");
  choice = Choose("auto", avx2_);
  EXPECT_EQ(choice->precision, Precision::kF32);
  EXPECT_THAT(choice->reason, HasSubstr("needs VNNI"));
  Json narrow = QuantizedFrom(kDigest);
  narrow["isa"] = "avx2";
  Put("net-int8", "int8", narrow);
  EXPECT_EQ(Choose("auto", avx2_)->precision, Precision::kInt8);
}

TEST_F(ModelChoiceTest, AutoLeavesInt8ThatIsUnknownOrOfOtherWeights) {
  Put("net", "f32");
  EXPECT_THAT(Choose("auto", vnni_)->reason, HasSubstr("net-int8 is not in the store; without AMX"));
  Put("net-int8", "int8");
  EXPECT_THAT(Choose("auto", vnni_)->reason, HasSubstr("says nothing about its quality"));
  Put("net-int8", "int8", QuantizedFrom(kOther));
  EXPECT_THAT(Choose("auto", vnni_)->reason, HasSubstr("other weights"));
}

TEST_F(ModelChoiceTest, AutoTakesBf16OnlyWithAmx) {
  Put("net", "f32");
  EXPECT_EQ(Choose("auto", vnni_)->precision, Precision::kF32);
  EXPECT_EQ(Choose("auto", amx_)->precision, Precision::kBf16);
}

TEST_F(ModelChoiceTest, Int8AskedForIsTheModelBesideIt) {
  Put("net", "f32");
  const auto none = Choose("int8", vnni_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(none.error().message(), HasSubstr("fruits models quantize net"));
  Put("net-int8", "int8");
  EXPECT_EQ(Choose("int8", avx2_)->bundle.name, "net-int8");
}

TEST_F(ModelChoiceTest, AMissingModelIsNamed) {
  EXPECT_EQ(Choose("auto", vnni_).error().code(), ErrorCode::kNotFound);
}

TEST_F(ModelChoiceTest, AutoLeavesInt8WhoseAccuracyIsNotKnown) {
  Put("net", "f32");
  Json unknown = QuantizedFrom(kDigest);
  unknown["quantized_from"]["accuracy_drop"] = nullptr;
  Put("net-int8", "int8", unknown);
  const auto choice = Choose("auto", vnni_);
  ASSERT_TRUE(choice) << choice.error().message();
  EXPECT_EQ(choice->precision, Precision::kF32);
  EXPECT_THAT(choice->reason, HasSubstr("its accuracy is not known"));
  EXPECT_EQ(Choose("int8", vnni_)->bundle.name, "net-int8") << "asked for, it is taken";
}

TEST_F(ModelChoiceTest, ADamagedInt8ModelIsNoReasonToTakeAnother) {
  Put("net", "f32");
  std::filesystem::create_directories(store_.path() / "net-int8");
  std::ofstream(store_.path() / "net-int8/bundle.json") << "{";
  EXPECT_EQ(Choose("auto", vnni_).error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace fruits
