// Decode, resize by filter and size, thumbnail. Photos come from the folder FRUITS_BENCH_PHOTOS if it is set,
// else made pictures stand in (and decode, which needs files, is left out).
//   FRUITS_BENCH_PHOTOS=FOLDER build/dev/bench/image/fruits_image_bench
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "fruits/image/decode.h"
#include "fruits/image/resize.h"
#include "fruits/image/thumbnail.h"

namespace fruits {
namespace {

constexpr std::size_t kPhotos = 200;

const std::vector<std::string>& Files() {
  static const std::vector<std::string> files = [] {
    std::vector<std::string> found;
    const char* folder = std::getenv("FRUITS_BENCH_PHOTOS");
    if (folder == nullptr) return found;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream file(entry.path(), std::ios::binary);
      found.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
      if (found.size() == kPhotos) break;
    }
    return found;
  }();
  return files;
}

// Smooth with some noise, as a photo is.
Image MadePicture(int width, int height) {
  Image image;
  image.Resize(width, height);
  std::mt19937 random(1);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    image.rgb[i] = static_cast<std::uint8_t>(
        100 + i / 3 % static_cast<std::size_t>(width) * 100 / static_cast<std::size_t>(width) +
        random() % 16);
  }
  return image;
}

std::vector<Image> Photos() {
  std::vector<Image> photos;
  for (const std::string& file : Files()) {
    Image image;
    if (Decode(std::as_bytes(std::span(file)), {}, image)) photos.push_back(std::move(image));
  }
  if (photos.empty()) photos.push_back(MadePicture(100, 100));
  return photos;
}

void BenchDecode(benchmark::State& state) {
  if (Files().empty()) {
    state.SkipWithError("set FRUITS_BENCH_PHOTOS to a folder of photos");
    return;
  }
  Image image;
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string& file = Files()[i++ % Files().size()];
    benchmark::DoNotOptimize(Decode(std::as_bytes(std::span(file)), {}, image).has_value());
  }
}
BENCHMARK(BenchDecode);

void BenchResize(benchmark::State& state) {
  const auto filter = static_cast<Filter>(state.range(0));
  const Image image = MadePicture(static_cast<int>(state.range(1)), static_cast<int>(state.range(2)));
  const int side = 224;
  std::vector<std::uint8_t> out(std::size_t{3} * side * side);
  Resizer resizer;
  for (auto _ : state) benchmark::DoNotOptimize(resizer.Resize(image, filter, side, side, out).has_value());
  state.SetLabel(std::string(ToString(filter)));
}
BENCHMARK(BenchResize)
    ->ArgsProduct({{0, 1, 2, 3, 4}, {100}, {100}})
    ->Args({3, 4000, 3000})
    ->Args({3, 640, 480});

void BenchThumbnail(benchmark::State& state) {
  const std::vector<Image> photos = Photos();
  Thumbnailer thumbnailer;
  std::size_t i = 0, bytes = 0;
  for (auto _ : state) {
    const auto file = thumbnailer.Make(photos[i++ % photos.size()]);
    bytes += file ? file->size() : 0;
  }
  state.counters["bytes"] =
      benchmark::Counter(static_cast<double>(bytes), benchmark::Counter::kAvgIterations);
}
BENCHMARK(BenchThumbnail);

}  // namespace
}  // namespace fruits

BENCHMARK_MAIN();
