#include "fruits/pipeline/fingerprint.h"

#include <gtest/gtest.h>

namespace fruits {
namespace {

Bundle MakeBundle() {
  Bundle bundle;
  bundle.name = "net";
  bundle.sha256 = {{"model.xml", "aa"}};
  return bundle;
}

TEST(FingerprintTest, ChangesWithEveryOptionThatChangesFeatures) {
  const Fingerprint base(MakeBundle(), Precision::kF32, {}, 224, 224);
  const auto differs = [&](RunOptions options, int size, const Bundle& bundle) {
    return Fingerprint(bundle, Precision::kF32, options, size, size).Hex() != base.Hex();
  };
  EXPECT_FALSE(differs({}, 224, MakeBundle()));
  EXPECT_TRUE(differs({}, 160, MakeBundle()));
  RunOptions options;
  options.fit = Fit::kPad;
  EXPECT_TRUE(differs(options, 224, MakeBundle()));
  options = {};
  options.resize_filter = Filter::kLanczos;
  EXPECT_TRUE(differs(options, 224, MakeBundle()));
  options = {};
  options.exif_rotate = false;
  EXPECT_TRUE(differs(options, 224, MakeBundle()));
  options = {};
  options.pooling = Pooling::kNone;
  EXPECT_TRUE(differs(options, 224, MakeBundle()));
  EXPECT_NE(Fingerprint(MakeBundle(), Precision::kBf16, {}, 224, 224).Hex(), base.Hex());
  Bundle other = MakeBundle();
  other.sha256["model.xml"] = "bb";
  EXPECT_TRUE(differs({}, 224, other));
}

TEST(FingerprintTest, DoesNotChangeWithWhatOnlyChangesSpeedOrResults) {
  const Fingerprint base(MakeBundle(), Precision::kF32, {}, 224, 224);
  RunOptions options;
  options.threads = 3;
  options.batch_size = 5;
  options.components = 50;
  options.center = false;
  options.label = "none";
  options.resize_filter = Filter::kBicubic;
  EXPECT_EQ(Fingerprint(MakeBundle(), Precision::kF32, options, 224, 224).Hex(), base.Hex());
}

TEST(FingerprintTest, SaysWhatDiffers) {
  RunOptions options;
  options.fit = Fit::kCrop;
  const Fingerprint before(MakeBundle(), Precision::kF32, {}, 224, 224);
  const Fingerprint now(MakeBundle(), Precision::kF32, options, 128, 128);
  EXPECT_EQ(now.Difference(before), "fit (full before, crop now), input_size (224x224 before, 128x128 now)");
  EXPECT_EQ(now.Difference(now), "");
}

}  // namespace
}  // namespace fruits
