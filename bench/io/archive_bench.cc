// Opening archives of 20,000 members of 5 KB, and reading all of them in the order of names: from tar files
// in the order of the file system, and from one in the order of names.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

#include "io/archive/archive.h"
#include "scratch.h"

namespace fruits {
namespace {

constexpr std::size_t kMembers = 20'000;
constexpr std::size_t kMemberBytes = 5'000;

// Made once, by the tools of the system, from bytes that do not compress.
const std::string& Archives() {
  static const bench::Scratch scratch;
  static const std::string made = [] {
    const std::string folder = scratch.path() + "/photos";
    std::mt19937 random(1);
    std::string bytes(kMemberBytes, '\0');
    for (std::size_t i = 0; i < kMembers; ++i) {
      if (i % 500 == 0) std::filesystem::create_directories(folder + "/Apple " + std::to_string(i / 500));
      for (std::size_t j = 0; j + 4 <= bytes.size(); j += 4) {
        const auto number = static_cast<std::uint32_t>(random());
        bytes.replace(j, 4, reinterpret_cast<const char*>(&number), 4);
      }
      std::ofstream(folder + "/Apple " + std::to_string(i / 500) + "/r_" + std::to_string(i) + "_100.jpg")
          << bytes;
    }
    const std::string command =
        "cd '" + scratch.path() +
        "' && tar cf x.tar photos && gzip -1 -k x.tar && tar --sort=name -cf - photos | "
        "gzip -1 > sorted.tar.gz && python3 -m zipfile -c x.zip photos";
    return std::system(command.c_str()) == 0 ? scratch.path() : std::string();
  }();
  return made;
}

std::unique_ptr<io::Archive> Open(const std::string& path) {
  auto file = OpenLocalFile(path);
  if (!file) return nullptr;
  std::string problem;
  auto archive = io::OpenArchive(path, std::move(*file), 0, std::stop_token(), problem);
  if (!archive || !problem.empty() || (*archive)->members().size() != kMembers) return nullptr;
  return std::move(*archive);
}

void OpenArchive(benchmark::State& state, const char* name) {
  const std::string path = Archives() + "/" + name;
  for (auto _ : state) {
    if (!Open(path)) return state.SkipWithError("the archive is not whole");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMembers));
}

void ReadMembers(benchmark::State& state, const char* name) {
  const auto archive = Open(Archives() + "/" + name);
  if (!archive) return state.SkipWithError("the archive is not whole");
  std::vector<std::byte> body;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kMembers; ++i) {
      if (!archive->Read(i, body, 0) || body.size() != kMemberBytes)
        return state.SkipWithError("a member cannot be read");
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMembers));
}

BENCHMARK_CAPTURE(OpenArchive, tar, "x.tar")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(OpenArchive, tar_gz, "x.tar.gz")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(OpenArchive, zip, "x.zip")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(ReadMembers, tar, "x.tar")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(ReadMembers, tar_gz, "x.tar.gz")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(ReadMembers, sorted_tar_gz, "sorted.tar.gz")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(ReadMembers, zip, "x.zip")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace fruits
