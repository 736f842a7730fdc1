// Listing 100,000 photos in 131 folders, warm: at most 1.5 s, at most 100 bytes a photo.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "fruits/io/catalog.h"
#include "scratch.h"

namespace fruits {
namespace {

constexpr std::size_t kPhotos = 100'000;
constexpr std::size_t kFolders = 131;

void MakePhotos(const std::string& root) {
  for (std::size_t folder = 0; folder < kFolders; ++folder) {
    const std::string path = root + "/Apple Braeburn " + std::to_string(folder);
    std::filesystem::create_directory(path);
    for (std::size_t i = folder; i < kPhotos; i += kFolders) {
      const std::string file = path + "/r_" + std::to_string(i) + "_100.jpg";
      ::close(::open(file.c_str(), O_CREAT | O_WRONLY, 0600));
    }
  }
}

void ListPhotos(benchmark::State& state) {
  const bench::Scratch scratch;
  MakePhotos(scratch.path());
  double bytes = 0;
  for (auto _ : state) {
    const auto catalog = ListCatalog({.inputs = {scratch.path()}});
    if (!catalog || catalog->size() != kPhotos) {
      state.SkipWithError("the catalog is not whole");
      break;
    }
    bytes = static_cast<double>(catalog->memory_bytes());
  }
  state.counters["bytes_a_photo"] = bytes / kPhotos;
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPhotos));
}
BENCHMARK(ListPhotos)->Unit(benchmark::kMillisecond)->MinWarmUpTime(0.5)->UseRealTime();

}  // namespace
}  // namespace fruits
