// Writing and reading a part of 2,048 photos with EfficientNet-Lite0's 1,280 or ResNet50's 2,048 features
// each.
#include <benchmark/benchmark.h>

#include <random>
#include <string>

#include "fruits/io/feature_part.h"
#include "fruits/io/storage.h"
#include "scratch.h"

namespace fruits {
namespace {

constexpr std::size_t kRows = 2048;
constexpr char kName[] = "part-000000-0badcafe.parquet";

// About half of pooled features are exactly 0 or small, the rest spread: noise in the low bits, as real ones
// have.
FeaturePart MakePart(std::size_t dimension) {
  std::mt19937 random(1);
  std::gamma_distribution<float> feature(0.5F, 1.0F);
  FeaturePart part{.fingerprint = std::string(64, 'f'), .dimension = dimension};
  for (std::size_t i = 0; i < kRows; ++i) {
    const std::string number = std::to_string(i);
    PhotoRow row{.path = "file:///data/fruits/Test/Apple Braeburn/r_" + number + "_100.jpg",
                 .label = "Apple Braeburn"};
    row.size_bytes = 4000 + i;
    row.content_sha256 = Sha256Of(number);
    part.rows.push_back(row);
    part.thumbnails.push_back(std::string(700, static_cast<char>(i)));
  }
  part.features.resize(kRows * dimension);
  for (float& x : part.features) x = feature(random);
  return part;
}

void WritePart(benchmark::State& state) {
  const bench::Scratch scratch;
  const auto folder = *Storage().OpenFolder({Scheme::kFile, "", scratch.path()});
  const FeaturePart part = MakePart(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    if (!WriteFeaturePart(*folder, kName, part)) state.SkipWithError("cannot write");
  }
}
BENCHMARK(WritePart)->Arg(1280)->Arg(2048)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

void ReadPart(benchmark::State& state) {
  const bench::Scratch scratch;
  const auto folder = *Storage().OpenFolder({Scheme::kFile, "", scratch.path()});
  const auto columns = state.range(1) ? PartColumns::kRowsAndFeatures : PartColumns::kRows;
  if (!WriteFeaturePart(*folder, kName, MakePart(static_cast<std::size_t>(state.range(0))))) {
    state.SkipWithError("cannot write");
  }
  for (auto _ : state) {
    const auto part = ReadFeaturePart(*folder, kName, columns);
    if (!part || part->rows.size() != kRows) state.SkipWithError("cannot read");
  }
}
BENCHMARK(ReadPart)
    ->ArgNames({"features", "with_features"})
    ->Args({1280, 1})
    ->Args({2048, 1})
    ->Args({2048, 0})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

void ReadFacts(benchmark::State& state) {
  const bench::Scratch scratch;
  const auto folder = *Storage().OpenFolder({Scheme::kFile, "", scratch.path()});
  if (!WriteFeaturePart(*folder, kName, MakePart(1280))) state.SkipWithError("cannot write");
  for (auto _ : state) {
    if (!ReadFeaturePartFacts(*folder, kName)) state.SkipWithError("cannot read");
  }
}
BENCHMARK(ReadFacts)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

}  // namespace
}  // namespace fruits
