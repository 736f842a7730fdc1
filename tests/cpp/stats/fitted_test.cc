#include "fruits/stats/fitted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "fruits/core/sha256.h"
#include "fruits/stats/safetensors.h"
#include "stats/made_rows.h"

namespace fruits {
namespace {

using test::Made;
using test::MomentsOf;
using testing::HasSubstr;

// 12 rows of 5 columns, one of them constant, two labels.
Fitted MakeFitted(const PcaOptions& options = {.components = 3}) {
  auto rows = Made<float>(12, 5);
  LabelMeans labels(5);
  for (std::size_t i = 0; i < 12; ++i) {
    rows.values[i * 5 + 2] = 0.1F;
    EXPECT_TRUE(labels.Add(i % 4 == 0 ? "Apple \"Red\", été" : "mango", rows.view().Row(i)));
  }
  Moments moments = MomentsOf(rows);
  const auto scaler = StandardScaler::Fit(moments, {});
  return {*Pca::Fit(moments, *scaler, options), 12, std::move(moments), std::move(labels), "sha256:abc"};
}

// The metadata with its sha256 made right for other tensors.
std::string Resealed(const FittedFiles& files, const std::string& tensors) {
  std::string metadata = files.metadata;
  const std::string old = ToHex(Sha256Of(files.tensors));
  metadata.replace(metadata.find(old), old.size(), ToHex(Sha256Of(tensors)));
  return metadata;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Fitted, RoundTripKeepsEverything) {
  const Fitted fitted = MakeFitted({.components = 3, .center = false});
  const auto files = SerializeFitted(fitted);
  ASSERT_TRUE(files);
  const auto loaded = ParseFitted(files->metadata, files->tensors);
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->count, 12U);
  EXPECT_EQ(loaded->fingerprint, "sha256:abc");
  EXPECT_FALSE(loaded->pca.center());
  EXPECT_TRUE(loaded->moments->IsConstant(2));
  EXPECT_TRUE(std::ranges::equal(loaded->moments->scatter(), fitted.moments->scatter()));
  EXPECT_TRUE(std::ranges::equal(loaded->moments->min(), fitted.moments->min()));
  EXPECT_TRUE(std::ranges::equal(loaded->pca.eigenvalues(), fitted.pca.eigenvalues()));
  EXPECT_EQ(loaded->labels->entries().at("mango").count, 9U);
  std::vector<double> a(3), b(3);
  const std::vector<float> row = {1, 2, 3, 4, 5};
  ASSERT_TRUE(fitted.pca.Project(row, a));
  ASSERT_TRUE(loaded->pca.Project(row, b));
  EXPECT_EQ(a, b);
  const auto again = SerializeFitted(*loaded);
  ASSERT_TRUE(again);
  EXPECT_EQ(Replaced(again->metadata, ToHex(Sha256Of(again->tensors)), ""),
            Replaced(files->metadata, ToHex(Sha256Of(files->tensors)), ""));
}

TEST(Fitted, AnotherNumberOfComponentsComesFromTheMoments) {
  const auto files = SerializeFitted(MakeFitted({.components = 1}));
  const auto loaded = ParseFitted(files->metadata, files->tensors);
  const auto more = Pca::Fit(*loaded->moments, loaded->pca.scaler(), {.components = 3});
  ASSERT_TRUE(more);
  const Fitted direct = MakeFitted({.components = 3});
  for (std::size_t j = 0; j < 5; ++j) EXPECT_EQ(more->components()(2, j), direct.pca.components()(2, j));
}

TEST(Fitted, WithoutMomentsAndLabels) {
  Fitted fitted = MakeFitted();
  fitted.moments.reset();
  fitted.labels.reset();
  const auto files = SerializeFitted(fitted);
  const auto loaded = ParseFitted(files->metadata, files->tensors);
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_FALSE(loaded->moments);
  EXPECT_FALSE(loaded->labels);
}

TEST(Fitted, RefusesPartsThatDoNotBelongTogether) {
  Fitted fitted = MakeFitted();
  fitted.count = 13;
  EXPECT_FALSE(SerializeFitted(fitted));
  fitted = MakeFitted();
  fitted.labels = LabelMeans(4);
  EXPECT_FALSE(SerializeFitted(fitted));
  fitted = MakeFitted();
  ASSERT_TRUE(fitted.labels->Add("bad \xff", std::vector<float>(5)));
  const auto files = SerializeFitted(fitted);
  ASSERT_FALSE(files);
  EXPECT_THAT(files.error().message(), HasSubstr("UTF-8"));
}

TEST(Fitted, NamesWhatIsWrongInTheMetadata) {
  const auto files = SerializeFitted(MakeFitted());
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"\"format_version\": 1", "\"format_version\": 2", "version 2"},
      {"fruits.fitted", "other", "'other'"},
      {"\"dimension\": 5", "\"dimension\": 6", "'mean' has shape [5], expected [6]"},
      {"\"dimension\": 5", "\"dimension\": 18446744073709551615", "'mean'"},
      {"\"components\": 3", "\"components\": 2", "'components' has shape"},
      {"\"components\": 3", "\"components\": \"3\"", "'components'"},
      {"\"count\": 12", "\"count\": 11", "count"},
      {"\"count\": 12", "\"count\": -12", "count"},
      {"\"center\": true", "\"center\": 1", "'center'"},
      {"\"fingerprint\"", "\"finger\"", "'fingerprint'"},
      {"\"mango\"", "3", "labels"},
      {"\"mango\"", "\"Apple\"", "byte order"},
      {"\"sha256\": \"", "\"sha256\": \"0", "sha256"},
      {"{", "[", "JSON"},
  };
  for (const auto& [from, to, message] : cases) {
    const auto loaded = ParseFitted(Replaced(files->metadata, from, to), files->tensors);
    ASSERT_FALSE(loaded) << from << " as " << to;
    EXPECT_EQ(loaded.error().code(), ErrorCode::kCorrupt);
    EXPECT_THAT(loaded.error().message(), HasSubstr(message));
  }
}

TEST(Fitted, NamesATensorThatIsMissingOrImpossible) {
  const auto files = SerializeFitted(MakeFitted());
  for (const std::string name : {"mean", "std", "components", "eigenvalues", "total_variance", "count", "min",
                                 "max", "label_count", "label_mean"}) {
    auto tensors = *ReadSafetensors(files->tensors);
    const auto write = [&] {
      std::map<std::string, TensorView> views;
      for (const auto& [key, tensor] : tensors) views[key] = {tensor.shape, tensor.values};
      return WriteSafetensors(views);
    };
    tensors.at(name).values[0] = std::nan("");
    const std::string broken = write();
    const auto impossible = ParseFitted(Resealed(*files, broken), broken);
    if (name != "label_mean") {
      ASSERT_FALSE(impossible) << name;
      EXPECT_EQ(impossible.error().code(), ErrorCode::kCorrupt);
    }
    tensors.erase(name);
    const std::string less = write();
    const auto missing = ParseFitted(Resealed(*files, less), less);
    ASSERT_FALSE(missing) << name;
    EXPECT_THAT(missing.error().message(), HasSubstr("'" + name + "'"));
  }
}

// Whatever the bytes, an error or a whole result; run under the sanitizers too.
TEST(Fitted, SurvivesAnyDamage) {
  const auto files = SerializeFitted(MakeFitted());
  std::mt19937 random(5);
  std::size_t refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string metadata = files->metadata, tensors = files->tensors;
    std::string& hit = i % 2 == 0 ? metadata : tensors;
    if (i % 5 == 0) hit.resize(random() % hit.size());
    for (unsigned flips = random() % 4; flips > 0 && !hit.empty(); --flips) {
      hit[random() % hit.size()] = static_cast<char>(random());
    }
    if (&hit == &tensors) metadata = Resealed(*files, tensors);  // past the checksum, into the parser
    const auto loaded = ParseFitted(metadata, tensors);
    if (!loaded) {
      EXPECT_EQ(loaded.error().code(), ErrorCode::kCorrupt);
      ++refused;
      continue;
    }
    std::vector<double> out(loaded->pca.components_count());
    EXPECT_TRUE(loaded->pca.Project(std::vector<float>(loaded->pca.dimension()), out));
    EXPECT_TRUE(SerializeFitted(*loaded));
  }
  EXPECT_GT(refused, 1500U);
}

// Without the reseal every damage to the tensors is seen.
TEST(Fitted, TheChecksumSeesEveryFlippedByte) {
  const auto files = SerializeFitted(MakeFitted());
  for (std::size_t i = 0; i < files->tensors.size(); ++i) {
    std::string tensors = files->tensors;
    tensors[i] = static_cast<char>(tensors[i] ^ 1);
    EXPECT_FALSE(ParseFitted(files->metadata, tensors)) << i;
  }
}

}  // namespace
}  // namespace fruits
