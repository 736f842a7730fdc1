#include "fruits/model/feature_extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "model/openvino_extractor.h"
#include "model/test_models.h"

namespace fruits {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<FeatureExtractor> MustCreate(const Bundle& bundle, const ExtractorOptions& options) {
  auto extractor = FeatureExtractor::Create(bundle, options);
  if (!extractor) {
    ADD_FAILURE() << extractor.error().message();
    std::abort();
  }
  return std::move(*extractor);
}

std::vector<float> MustExtract(FeatureExtractor& extractor, const std::vector<std::uint8_t>& photos) {
  const std::size_t size = std::size_t{3} * extractor.input_width() * extractor.input_height();
  std::vector<float> features(photos.size() / size * extractor.dimension());
  const Status status = extractor.Extract(photos, photos.size() / size, features);
  EXPECT_TRUE(status) << status.error().message();
  return features;
}

Error CreateError(const Bundle& bundle, const ExtractorOptions& options, const CpuFacts& cpu = ThisCpu()) {
  auto extractor = CreateOpenVinoExtractor(bundle, options, cpu);
  if (extractor) return Error(ErrorCode::kInternal, "created");
  return extractor.error();
}

TEST(PoolingTest, NamesAreReadAndWritten) {
  for (const Pooling pooling : {Pooling::kAverage, Pooling::kNone})
    EXPECT_EQ(ParsePooling(ToString(pooling)), pooling);
  EXPECT_FALSE(ParsePooling("max"));
  EXPECT_FALSE(ParsePooling(""));
}

// One photo of 4x2; the reference is the definition: x' = (x - mean) / scale in the model's channel order.
TEST(FeatureExtractorTest, PreprocessesAsTheBundleSays) {
  for (const ColorOrder order : {ColorOrder::kRgb, ColorOrder::kBgr}) {
    test::TempDir folder;
    const Bundle bundle = test::MakeIdentityBundle(folder.path(), order);
    const auto photo = test::RandomPhotos(bundle, 1);
    std::vector<float> flat(24);
    std::vector<double> mean(3);
    for (std::size_t i = 0; i < 8; ++i) {
      for (std::size_t c = 0; c < 3; ++c) {
        const float value = photo[3 * i + (order == ColorOrder::kBgr ? 2 - c : c)];
        flat[3 * i + c] = (value - bundle.mean[c]) / bundle.scale[c];
        mean[c] += flat[3 * i + c] / 8;
      }
    }
    const auto none = MustCreate(bundle, {.pooling = Pooling::kNone});
    EXPECT_EQ(none->dimension(), 24U);
    EXPECT_EQ(MustExtract(*none, photo), flat) << "height, width, channel order";
    const auto average = MustCreate(bundle, {.pooling = Pooling::kAverage});
    ASSERT_EQ(average->dimension(), 3U);
    const auto pooled = MustExtract(*average, photo);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(pooled[c], mean[c], 1e-4) << c;
  }
}

TEST(FeatureExtractorTest, AverageOfTheMapIsTheModelsOwnPooling) {
  test::TempDir folder;
  Bundle bundle = test::MakeConvBundle(folder.path());
  const auto photos = test::RandomPhotos(bundle, 5);
  const auto own = MustExtract(*MustCreate(bundle, {}), photos);
  bundle.features_output.clear();
  EXPECT_EQ(MustExtract(*MustCreate(bundle, {}), photos), own);
}

TEST(FeatureExtractorTest, TheMapAveragesToTheFeatures) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  const auto photos = test::RandomPhotos(bundle, 2);
  const auto map = MustCreate(bundle, {.pooling = Pooling::kNone});
  ASSERT_EQ(map->dimension(), 8U * 8U * 24U);
  const auto flat = MustExtract(*map, photos);
  const auto pooled = MustExtract(*MustCreate(bundle, {}), photos);
  for (std::size_t n = 0; n < 2; ++n) {
    for (std::size_t c = 0; c < 24; ++c) {
      double sum = 0;
      for (std::size_t i = 0; i < 64; ++i) sum += flat[n * 64 * 24 + i * 24 + c];
      EXPECT_NEAR(pooled[n * 24 + c], sum / 64, 1e-5 * (1 + sum / 64));
    }
  }
}

TEST(FeatureExtractorTest, AnotherInputSizeKeepsTheDimension) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  const auto extractor = MustCreate(bundle, {.input_size = 48});
  EXPECT_EQ(extractor->input_width(), 48);
  EXPECT_EQ(extractor->input_height(), 48);
  EXPECT_EQ(extractor->dimension(), 24U);
}

TEST(FeatureExtractorTest, OptionsOutOfRangeAreNamed) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  EXPECT_THAT(CreateError(bundle, {.batch_size = -1}).message(), HasSubstr("batch_size -1"));
  EXPECT_THAT(CreateError(bundle, {.batch_size = 1 << 20}).message(), HasSubstr("batch_size 1048576"));
  EXPECT_THAT(CreateError(bundle, {.input_size = -4}).message(), HasSubstr("input_size -4"));
  EXPECT_THAT(CreateError(bundle, {.threads = -2}).message(), HasSubstr("threads -2"));
  EXPECT_EQ(CreateError(bundle, {.threads = -2}).code(), ErrorCode::kInvalidArgument);
}

TEST(FeatureExtractorTest, AnInputSizeTheModelCannotTakeIsInvalid) {
  test::TempDir folder;
  const Bundle bundle = test::MakeOneSizeBundle(folder.path());
  EXPECT_EQ(MustCreate(bundle, {})->dimension(), 4U);
  const Error error = CreateError(bundle, {.input_size = 9});
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.message();
  EXPECT_THAT(error.message(), HasSubstr("9x9"));
  EXPECT_THAT(error.message(), testing::Not(HasSubstr("\n")));
}

TEST(FeatureExtractorTest, NoPoolingNeedsAMap) {
  test::TempDir folder;
  const Error error = CreateError(test::MakeOneSizeBundle(folder.path()), {.pooling = Pooling::kNone});
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message(), HasSubstr("pooling none"));
}

TEST(FeatureExtractorTest, Int8NeedsVnniOrForce) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path(), /*int8=*/true);
  const CpuFacts no_vnni{.avx2 = true, .brand = "Old CPU"};
  const Error error = CreateError(bundle, {.precision = Precision::kInt8}, no_vnni);
  EXPECT_EQ(error.code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(error.message(), HasSubstr("VNNI"));
  EXPECT_THAT(error.message(), HasSubstr("Old CPU"));
  EXPECT_TRUE(CreateOpenVinoExtractor(bundle, {.precision = Precision::kInt8, .force = true}, no_vnni));
  CpuFacts capped = no_vnni;
  capped.cap = "AVX2";
  EXPECT_THAT(CreateError(bundle, {.precision = Precision::kInt8}, capped).message(),
              HasSubstr("avx2 (ONEDNN_MAX_CPU_ISA is AVX2)"));
  CpuFacts vnni = no_vnni;
  vnni.avx512_vnni = true;
  EXPECT_TRUE(CreateOpenVinoExtractor(bundle, {.precision = Precision::kInt8}, vnni));
}

TEST(FeatureExtractorTest, PrecisionAndBundleMustAgree) {
  test::TempDir folder;
  const Bundle f32 = test::MakeConvBundle(folder.path() / "f32");
  const Bundle int8 = test::MakeConvBundle(folder.path() / "int8", true);
  EXPECT_EQ(CreateError(f32, {.precision = Precision::kInt8}).code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(CreateError(int8, {.precision = Precision::kF32}).code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(CreateError(int8, {.precision = Precision::kBf16}).code(), ErrorCode::kFailedPrecondition);
}

TEST(FeatureExtractorTest, DamagedModelFilesAreCorrupt) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  std::string weights = test::ReadText(folder.path() / "model.bin");
  weights[100] = static_cast<char>(weights[100] ^ 1);
  test::WriteText(folder.path() / "model.bin", weights);
  const Error changed = CreateError(bundle, {});
  EXPECT_EQ(changed.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(changed.message(), HasSubstr("model.bin"));
  test::WriteText(folder.path() / "model.xml", "<net");
  EXPECT_EQ(CreateError(bundle, {}).code(), ErrorCode::kCorrupt);
  std::filesystem::remove(folder.path() / "model.xml");
  EXPECT_EQ(CreateError(bundle, {}).code(), ErrorCode::kCorrupt);
}

TEST(FeatureExtractorTest, ATensorThatIsNotThereIsCorrupt) {
  test::TempDir folder;
  Bundle bundle = test::MakeConvBundle(folder.path());
  bundle.features_output = "embedding";
  const Error error = CreateError(bundle, {});
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error.message(), HasSubstr("'embedding'"));
  bundle.features_output = "features";
  bundle.dimension = 25;
  EXPECT_THAT(CreateError(bundle, {}).message(), HasSubstr("dimension 24, expected 25"));
}

TEST(FeatureExtractorTest, ACountOutOfRangeComesBackAsAnError) {
  test::TempDir folder;
  const auto extractor = MustCreate(test::MakeConvBundle(folder.path()), {.batch_size = 2});
  for (const int count : {-1, 0, 3}) {
    int calls = 0;
    extractor->Start(extractor->Acquire(), count, [&](InferenceSlot* slot, Status status) {
      ++calls;
      ASSERT_FALSE(status);
      EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
      extractor->Release(slot);
    });
    EXPECT_EQ(calls, 1);
  }
  extractor->Wait();
}

TEST(FeatureExtractorTest, ExtractRefusesSpansOfAnotherSize) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  const auto extractor = MustCreate(bundle, {});
  const auto photos = test::RandomPhotos(bundle, 2);
  std::vector<float> features(2 * 24);
  EXPECT_FALSE(extractor->Extract(photos, 3, features));
  EXPECT_FALSE(extractor->Extract(photos, 2, std::span(features).first(47)));
  EXPECT_TRUE(extractor->Extract({}, 0, {}));
}

TEST(FeatureExtractorTest, ManyThreadsFillAndReleaseAtOnce) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  const auto extractor = MustCreate(bundle, {.batch_size = 2, .threads = 2});
  const auto photos = test::RandomPhotos(bundle, 8);
  const auto expected = MustExtract(*extractor, photos);
  const std::size_t size = photos.size() / 8;
  std::atomic<int> done_count{0};
  std::atomic<int> wrong{0};
  const auto worker = [&](unsigned seed) {
    for (int i = 0; i < 100; ++i) {
      const std::size_t first = (seed + static_cast<unsigned>(i) * 3) % 7;
      const int count = 1 + i % 2;
      InferenceSlot* slot = extractor->Acquire();
      for (int k = 0; k < count; ++k) {
        std::memcpy(slot->Input(k).data(), photos.data() + (first + static_cast<std::size_t>(k)) * size,
                    size);
      }
      extractor->Start(slot, count, [&, first, count](InferenceSlot* done, Status status) {
        for (int k = 0; status && k < count; ++k) {
          const float* right = expected.data() + (first + static_cast<std::size_t>(k)) * 24;
          if (!std::equal(right, right + 24, done->Features(k).begin())) ++wrong;
        }
        if (!status) ++wrong;
        ++done_count;
        extractor->Release(done);
      });
    }
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 3; ++seed) threads.emplace_back(worker, seed);
  for (std::thread& thread : threads) thread.join();
  extractor->Wait();
  EXPECT_EQ(done_count, 300);
  EXPECT_EQ(wrong, 0);
}

TEST(FeatureExtractorTest, DestructionWaitsForWhatRuns) {
  test::TempDir folder;
  const Bundle bundle = test::MakeConvBundle(folder.path());
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> calls{0};
    auto extractor = MustCreate(bundle, {.batch_size = 4});
    FeatureExtractor* alive = extractor.get();
    const int started = extractor->slots();
    for (int i = 0; i < started; ++i) {
      extractor->Start(extractor->Acquire(), 4, [&calls, alive](InferenceSlot* slot, Status) {
        ++calls;
        alive->Release(slot);
      });
    }
    extractor.reset();
    EXPECT_EQ(calls, started);
  }
}

TEST(OpenVinoVersionTest, IsNotEmpty) { EXPECT_THAT(OpenVinoVersion(), HasSubstr("20")); }

}  // namespace
}  // namespace fruits
