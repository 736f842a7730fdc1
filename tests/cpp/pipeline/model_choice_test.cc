#include "fruits/pipeline/model_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "temp_folder.h"

namespace fruits {
namespace {

using testing::HasSubstr;
using testing::Not;
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
  static Json QuantizedFrom(const char* digest, const Json& more = Json::object()) {
    Json from = {{"sha256", {{"model.xml", digest}}},
                 {"cosine", 0.9925},
                 {"accuracy_drop", 0.001},
                 {"evaluation_photos", 1000},
                 {"evaluation_calibrated_on", 0}};
    from.update(more);
    return {{"quantized_from", from}};
  }

  using Settings = std::vector<std::pair<std::string, std::string>>;
  Result<ModelChoice> Choose(const std::string& precision, const CpuFacts& cpu, const Settings& more = {}) {
    RunOptions options;
    options.model = "net";
    options.models = store_.path().string();
    EXPECT_TRUE(SetOption(options, "precision", precision));
    for (const auto& [name, value] : more) EXPECT_TRUE(SetOption(options, name, value)) << name;
    return ChooseModel(options, storage_, cpu);
  }

  // Of a run in auto that takes f32, though there is an int8 model.
  std::string WhyF32(const Settings& more = {}) {
    const auto choice = Choose("auto", vnni_, more);
    if (!choice) return choice.error().message();
    EXPECT_EQ(choice->precision, Precision::kF32);
    EXPECT_EQ(choice->bundle.name, "net");
    return choice->reason;
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

TEST_F(ModelChoiceTest, AutoTakesInt8OnlyForWhatWasMeasured) {
  Put("net", "f32");
  Put("net-int8", "int8", QuantizedFrom(kDigest));
  EXPECT_THAT(WhyF32({{"pooling", "none"}}),
              HasSubstr("net-int8 was measured with --pooling avg, not none; without AMX"));
  EXPECT_THAT(WhyF32({{"input_size", "96"}}), HasSubstr("measured with --input-size 32, not 96"));
  EXPECT_THAT(WhyF32({{"fit", "crop"}, {"resize_filter", "box"}}),
              HasSubstr("measured with --fit full, not crop, --resize-filter bicubic, not box"));
  const Settings as_it_is = {
      {"pooling", "avg"}, {"input_size", "32"}, {"fit", "full"}, {"resize_filter", "bicubic"}};
  EXPECT_EQ(Choose("auto", vnni_, as_it_is)->precision, Precision::kInt8);
  Put("net-int8", "int8",
      QuantizedFrom(kDigest, {{"pooling", "none"}, {"input_size", 96}, {"fit", "crop"}, {"filter", "box"}}));
  EXPECT_THAT(WhyF32(), HasSubstr("--pooling none, not avg, --input-size 96, not 32, --fit crop, not full"));
  const Settings measured = {
      {"pooling", "none"}, {"input_size", "96"}, {"fit", "crop"}, {"resize_filter", "box"}};
  EXPECT_EQ(Choose("auto", vnni_, measured)->precision, Precision::kInt8);
}

TEST_F(ModelChoiceTest, AutoAsksForTheDefaultFloorsWhateverTheModelWasHeldTo) {
  Put("net", "f32");
  const auto put = [&](const Json& more) { Put("net-int8", "int8", QuantizedFrom(kDigest, more)); };
  put({{"cosine", kMinCosine}, {"accuracy_drop", kMaxAccuracyDrop}});
  EXPECT_EQ(Choose("auto", vnni_)->precision, Precision::kInt8);
  put({{"accuracy_drop", 1.0 / 200}});
  EXPECT_EQ(Choose("auto", vnni_)->precision, Precision::kInt8) << "on the floor is not below it";
  put({{"cosine", 0.93}});
  EXPECT_THAT(WhyF32(), HasSubstr("net-int8 has a cosine of 0.9300 to f32, below 0.985; without"));
  put({{"cosine", 0.93}, {"min_cosine", 0}});
  EXPECT_THAT(WhyF32(), HasSubstr("below 0.985 (it was made with --min-cosine 0)"));
  put({{"accuracy_drop", 0.03}, {"max_accuracy_drop", 1}});
  EXPECT_THAT(WhyF32(), HasSubstr("costs 3.00 points of accuracy, more than 0.5 (it was made with "
                                  "--max-accuracy-drop 100%)"));
}

TEST_F(ModelChoiceTest, AutoTakesInt8OnlyWhereItWasFaster) {
  Put("net", "f32");
  const auto put = [&](double ratio) {
    Put("net-int8", "int8", QuantizedFrom(kDigest, {{"speed_ratio", ratio}, {"speed_isa", IsaName(vnni_)}}));
  };
  put(1.0);
  EXPECT_THAT(WhyF32(), HasSubstr("net-int8 was not faster than f32: 1.00 times its images/s"));
  put(3.7);
  EXPECT_THAT(Choose("auto", vnni_)->reason, HasSubstr("net-int8: cosine 0.9925"));
  EXPECT_THAT(Choose("auto", vnni_)->reason, HasSubstr(", 3.7 times as fast"));
}

TEST_F(ModelChoiceTest, ASpeedOfAnotherClassOfCpuDoesNotCount) {
  Put("net", "f32");
  for (const double ratio : {0.5, 3.7}) {
    Put("net-int8", "int8", QuantizedFrom(kDigest, {{"speed_ratio", ratio}, {"speed_isa", "avx2"}}));
    const auto choice = Choose("auto", vnni_);
    ASSERT_TRUE(choice) << choice.error().message();
    EXPECT_EQ(choice->precision, Precision::kInt8);
    EXPECT_THAT(choice->reason,
                HasSubstr("; its speed does not count: measured on avx2, not on avx512_bf16 as this CPU"));
    EXPECT_THAT(choice->reason, Not(HasSubstr("times as fast")));
  }
  Put("net-int8", "int8", QuantizedFrom(kDigest, {{"speed_ratio", 0.5}}));
  EXPECT_THAT(Choose("auto", vnni_)->reason, HasSubstr("measured on a class of CPU that is not known"));
}

TEST_F(ModelChoiceTest, AutoWantsEnoughPhotosToJudgeBy) {
  Put("net", "f32");
  const auto put = [&](const Json& photos, const Json& calibrated_on) {
    Put("net-int8", "int8",
        QuantizedFrom(kDigest, {{"evaluation_photos", photos}, {"evaluation_calibrated_on", calibrated_on}}));
  };
  put(kMinJudgedPhotos, 0);
  EXPECT_EQ(Choose("auto", vnni_)->precision, Precision::kInt8);
  put(kMinJudgedPhotos - 1, 0);
  EXPECT_THAT(WhyF32(),
              HasSubstr("net-int8 was judged on 199 photos that it was not calibrated on, expected at "
                        "least 200: quantize it again with more photos"));
  put(1000, 801);
  EXPECT_THAT(WhyF32(), HasSubstr("was judged on 199 photos"));
  put(1000, 800);
  EXPECT_EQ(Choose("auto", vnni_)->precision, Precision::kInt8);
  put(199, 0);
  EXPECT_EQ(Choose("int8", vnni_)->bundle.name, "net-int8") << "asked for, it is taken";
}

TEST_F(ModelChoiceTest, AnOlderReportDoesNotSayHowManyPhotos) {
  Put("net", "f32");
  for (const char* key : {"evaluation_photos", "evaluation_calibrated_on"}) {
    Json older = QuantizedFrom(kDigest);
    older["quantized_from"].erase(key);
    Put("net-int8", "int8", older);
    EXPECT_THAT(WhyF32(),
                HasSubstr("net-int8 does not say on how many photos it was judged (an older version "
                          "made it): quantize it again"));
  }
}

TEST_F(ModelChoiceTest, ACapOfTheCpuCounts) {
  Put("net", "f32");
  Put("net-int8", "int8", QuantizedFrom(kDigest));
  const auto int8 = Choose("auto", CapCpuFacts(vnni_, "AVX2"));
  EXPECT_EQ(int8->precision, Precision::kF32);
  EXPECT_THAT(int8->reason, HasSubstr("needs VNNI, which this CPU lacks: avx2 (ONEDNN_MAX_CPU_ISA is AVX2)"));
  std::filesystem::remove_all(store_.path() / "net-int8");
  EXPECT_EQ(Choose("auto", CapCpuFacts(amx_, "AVX512_CORE_VNNI"))->precision, Precision::kF32);
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
