// Writing pca_result.csv and .parquet of 100,000 photos with 7 components, both files flushed to the disk.
#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "fruits/io/result_table.h"
#include "fruits/io/storage.h"
#include "scratch.h"

namespace fruits {
namespace {

constexpr std::size_t kRows = 100'000;
constexpr std::size_t kComponents = 7;

void WriteResults(benchmark::State& state) {
  const bench::Scratch scratch;
  const auto folder = *Storage().OpenFolder({Scheme::kFile, "", scratch.path()});
  std::mt19937 random(1);
  std::normal_distribution<double> score(0, 30);
  std::vector<double> scores(kRows * kComponents);
  for (double& x : scores) x = score(random);
  for (auto _ : state) {
    auto table = PcaResultWriter::Create(*folder, kComponents, {});
    for (std::size_t i = 0; i < kRows && table; ++i) {
      const std::string path = "file:///data/fruits/Test/Apple Braeburn/r_" + std::to_string(i) + "_100.jpg";
      if (!(*table)->Append(path, "Apple Braeburn", std::span(scores).subspan(i * kComponents, kComponents)))
        break;
    }
    if (!table || !(*table)->Commit()) state.SkipWithError("cannot write");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
}
BENCHMARK(WriteResults)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace fruits
