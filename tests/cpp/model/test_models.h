// Models for tests: small ones made here, and real ones where the test run has them.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "fruits/model/bundle.h"
#include "temp_dir.h"

namespace fruits::test {

void WriteText(const std::filesystem::path& path, const std::string& text);
std::string ReadText(const std::filesystem::path& path);

// A bundle of a convolutional net with seeded weights: u8-sized input of 32x32, outputs "feature_map" (24 x 8
// x 8), "features" (24) and "logits". With `int8`, weights and activations go through FakeQuantize.
Bundle MakeConvBundle(const std::filesystem::path& folder, bool int8 = false, int seed = 1);
// A bundle whose feature map is its own input, so that features are the preprocessed pixels: 4 wide, 2 high.
Bundle MakeIdentityBundle(const std::filesystem::path& folder, ColorOrder order);
// A bundle whose weights fit one input size only: 8x8, flattened into 4 features.
Bundle MakeOneSizeBundle(const std::filesystem::path& folder);
// No bundle.json: a model.xml whose input is [1, 4, 6, 3], channels last, and whose only
// output "map" is its input.
std::string MakeChannelsLastModel(const std::filesystem::path& folder);
// A model.onnx of one convolution, 3 to 2 channels, input [1,3,4,4], output "y"; weights in "weights.bin"
// beside it.
std::string MakeOnnxModel(const std::filesystem::path& folder, float weight, const std::string& weights_file);

// Writes bundle.json for a bundle, digests included.
void WriteBundleJson(Bundle& bundle);

// `count` seeded photos of the bundle's input size.
std::vector<std::uint8_t> RandomPhotos(const Bundle& bundle, std::size_t count, unsigned seed = 7);

// "resnet50" or "efficientnet-lite0" from the store that the test run fills; empty where there is none.
std::optional<Bundle> RealModel(const std::string& name);

}  // namespace fruits::test

// Declares `bundle`, or skips the test saying what is missing.
#define FRUITS_REQUIRE_MODEL(bundle, name)                                                 \
  const auto bundle##_found = ::fruits::test::RealModel(name);                             \
  if (!bundle##_found)                                                                     \
    GTEST_SKIP() << "no real " << (name) << ": set FRUITS_TEST_MODELS to a store with it"; \
  const ::fruits::Bundle& bundle = *bundle##_found
