// What moments, fits and projections cost: bench_stats --benchmark_filter=...
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

#include "fruits/stats/moments.h"
#include "fruits/stats/pca.h"
#include "fruits/stats/standard_scaler.h"
#include "fruits/stats/wide_pca.h"

namespace fruits {
namespace {

// Rows as CNN features are: not negative, columns of unequal spread that move together a little.
std::vector<float> Rows(std::size_t n, std::size_t d) {
  std::mt19937_64 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> rows(n * d);
  for (std::size_t i = 0; i < n; ++i) {
    const float common = normal(random);
    for (std::size_t j = 0; j < d; ++j) {
      rows[i * d + j] = std::abs(common + normal(random)) / std::sqrt(1.0F + static_cast<float>(j));
    }
  }
  return rows;
}

Moments Filled(std::size_t d) {
  const std::vector<float> rows = Rows(d + 500, d);
  Moments moments(d);
  if (!moments.Add(MatrixView<const float>(rows.data(), d + 500, d))) std::abort();
  return moments;
}

void BM_MomentsAdd256(benchmark::State& state) {
  const auto d = static_cast<std::size_t>(state.range(0));
  const std::vector<float> rows = Rows(256, d);
  Moments moments(d);
  for (auto _ : state) {
    if (!moments.Add(MatrixView<const float>(rows.data(), 256, d))) std::abort();
  }
}
BENCHMARK(BM_MomentsAdd256)->Arg(1280)->Arg(2048)->Unit(benchmark::kMillisecond);

void BM_MomentsMerge(benchmark::State& state) {
  const auto d = static_cast<std::size_t>(state.range(0));
  const Moments other = Filled(d);
  Moments moments = other;
  for (auto _ : state) {
    if (!moments.Merge(other)) std::abort();
  }
}
BENCHMARK(BM_MomentsMerge)->Arg(1280)->Arg(2048)->Unit(benchmark::kMillisecond);

// The whole spectrum and K components.
void BM_PcaFit(benchmark::State& state) {
  const auto d = static_cast<std::size_t>(state.range(0));
  const auto k = static_cast<std::size_t>(state.range(1));
  const Moments moments = Filled(d);
  const auto scaler = StandardScaler::Fit(moments, {});
  for (auto _ : state) {
    const auto pca = Pca::Fit(moments, *scaler, {.components = k});
    if (!pca) std::abort();
    benchmark::DoNotOptimize(pca->total_variance());
  }
}
BENCHMARK(BM_PcaFit)
    ->Args({1280, 7})
    ->Args({2048, 7})
    ->Args({2048, 50})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void BM_Project(benchmark::State& state) {
  const auto d = static_cast<std::size_t>(state.range(0));
  const Moments moments = Filled(d);
  const auto scaler = StandardScaler::Fit(moments, {});
  const auto pca = Pca::Fit(moments, *scaler, {.components = 7});
  const std::vector<float> rows = Rows(64, d);
  std::vector<double> out(7);
  std::size_t i = 0;
  for (auto _ : state) {
    if (!pca->Project(std::span(rows).subspan(i++ % 64 * d, d), out)) std::abort();
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_Project)->Arg(1280)->Arg(2048)->Unit(benchmark::kMicrosecond);

// A flattened 7x7x2048 map; the rows come from memory, as 16 made rows in turn plus a little of their number.
void BM_WidePcaFit(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  constexpr std::size_t kColumns = 100'352;
  const std::vector<float> rows = Rows(16, kColumns);
  const auto read = [&](std::size_t first, MatrixView<float> out) -> Status {
    for (std::size_t i = 0; i < out.rows(); ++i) {
      const std::size_t row = first + i;
      const float own = 0.1F * std::sin(static_cast<float>(row));
      const float* from = rows.data() + row % 16 * kColumns;
      for (std::size_t j = 0; j < kColumns; ++j) {
        out(i, j) = from[j] + own * static_cast<float>((row * 31 + j) % 61);
      }
    }
    return {};
  };
  for (auto _ : state) {
    const auto pca = WidePca::Fit(n, kColumns, read, {}, {.components = 7});
    if (!pca) std::abort();
    benchmark::DoNotOptimize(pca->total_variance());
  }
}
BENCHMARK(BM_WidePcaFit)->Arg(500)->Arg(2000)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

}  // namespace
}  // namespace fruits

BENCHMARK_MAIN();
