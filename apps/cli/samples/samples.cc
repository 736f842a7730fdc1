#include "samples/samples.h"

#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "fruits/core/cpu_share.h"
#include "fruits/core/try.h"
#include "samples/fruit.h"
#include "samples/jpeg_encoder.h"
#include "samples/noise.h"
#include "samples/ray_caster.h"

namespace fruits::samples {
namespace {

namespace fs = std::filesystem;

// Says that the folder is ours to fill again; hidden, so that no catalog lists it.
constexpr std::string_view kMarker = ".fruits-samples";

Status CheckRange(std::string_view option, int value, int least, int most) {
  if (value >= least && value <= most) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is {}: expected {} to {}", option, value, least, most));
}

Status CheckOptions(const SamplesOptions& options) {
  if (options.directory.empty())
    return Fail(ErrorCode::kInvalidArgument, "the samples' directory is not named");
  FRUITS_CHECK(CheckRange("--kinds", options.kinds, 0, static_cast<int>(FruitKinds().size())));
  FRUITS_CHECK(CheckRange("--photos", options.photos_per_kind, 1, 10'000));
  FRUITS_CHECK(CheckRange("--size", options.size, 16, 2048));
  return CheckRange("--threads", options.threads, 0, 1024);
}

std::unexpected<Error> FailIo(const fs::path& path, const std::error_code& code) {
  return Fail(ErrorCode::kIo, fmt::format("{}: {}", path.string(), code.message()));
}

Status WriteBytes(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file)
    return Fail(ErrorCode::kIo, fmt::format("{} cannot be written: is the disk full?", path.string()));
  return {};
}

// "12_100.jpg": what this function may have written.
bool LooksLikeSample(const fs::path& path) {
  const std::string name = path.filename().string();
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < name.size() && name[i] >= '0' && name[i] <= '9') ++i;
    return i > from;
  };
  return digits() && i < name.size() && name[i++] == '_' && digits() && name.substr(i) == ".jpg";
}

Status RemoveOldSamples(const fs::path& directory) {
  std::error_code code;
  for (const FruitKind& kind : FruitKinds()) {
    const fs::path folder = directory / kind.name;
    if (!fs::is_directory(folder, code)) continue;
    std::vector<fs::path> old;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
      if (LooksLikeSample(it->path())) old.push_back(it->path());
    }
    if (code) return FailIo(folder, code);
    for (const fs::path& path : old) {
      if (!fs::remove(path, code) && code) return FailIo(path, code);
    }
    fs::remove(folder, code);  // stays if something else is in it
  }
  return {};
}

// Makes the directory, or makes sure that filling it loses nothing.
Status PrepareDirectory(const SamplesOptions& options) {
  const fs::path directory = options.directory;
  std::error_code code;
  fs::create_directories(directory, code);
  if (code) return FailIo(directory, code);
  const bool empty = fs::is_empty(directory, code);
  if (code) return FailIo(directory, code);
  if (!empty) {
    const bool ours = fs::exists(directory / kMarker, code);
    if (!ours) {
      return Fail(
          ErrorCode::kFailedPrecondition,
          fmt::format("{} is not empty and was not made by 'fruits samples': expected a new or empty folder",
                      options.directory));
    }
    if (!options.overwrite) {
      return Fail(
          ErrorCode::kFailedPrecondition,
          fmt::format("{} already holds samples: use --overwrite to replace them", options.directory));
    }
    FRUITS_CHECK(RemoveOldSamples(directory));
  }
  return WriteBytes(directory / kMarker,
                    "Made by 'fruits samples'; --overwrite may replace the photos here.\n");
}

std::uint32_t SeedOfKind(std::uint64_t seed, std::size_t kind) {
  const auto low = static_cast<std::uint32_t>(seed), high = static_cast<std::uint32_t>(seed >> 32);
  return Scramble(Scramble(low) + Scramble(high + 0x9e3779b9U) +
                  static_cast<std::uint32_t>(kind) * 0x85ebca6bU);
}

// One turn upright, one lying, each over half of the photos.
View ViewOf(int photo, int photos, std::uint32_t seed) {
  const int upright = (photos + 1) / 2;
  const bool lying = photo >= upright;
  const int in_turn = lying ? photos - upright : upright;
  View view;
  view.turn = RandomUnit(seed, 101) + static_cast<double>(lying ? photo - upright : photo) / in_turn;
  view.lean = lying ? 0.17 + 0.05 * RandomUnit(seed, 102) : 0.015 + 0.02 * RandomUnit(seed, 103);
  view.elevation = 0.03 + 0.015 * RandomUnit(seed, 104);
  return view;
}

// The photos of a run, taken one by one by several threads.
class Studio {
 public:
  Studio(const SamplesOptions& options, std::size_t kinds, const SamplesProgress& progress,
         std::stop_token stop)
      : options_(options), progress_(progress), stop_(std::move(stop)) {
    for (std::size_t i = 0; i < kinds; ++i) {
      seeds_.push_back(SeedOfKind(options.seed, i));
      fruits_.push_back(FruitKinds()[i].make(seeds_.back()));
    }
    total_ = kinds * static_cast<std::size_t>(options.photos_per_kind);
  }

  std::size_t total() const { return total_; }

  void Work() {
    for (std::size_t i = next_++; i < total_; i = next_++) {
      Status status = stop_.stop_requested()
                          ? Status(Fail(ErrorCode::kCancelled, "rendering samples was stopped"))
                          : TakePhoto(i);
      std::lock_guard lock(mutex_);
      if (!status) {
        if (!failure_) failure_ = std::move(status).error();
        next_ = total_;
        return;
      }
      ++done_;
      if (progress_) progress_(done_, total_);
    }
  }

  Status outcome() const {
    if (failure_) return std::unexpected(*failure_);
    return {};
  }

 private:
  Status TakePhoto(std::size_t i) const {
    const auto per_kind = static_cast<std::size_t>(options_.photos_per_kind);
    const std::size_t kind = i / per_kind;
    const int photo = static_cast<int>(i % per_kind);
    const View view = ViewOf(photo, options_.photos_per_kind, seeds_[kind]);
    const std::vector<std::uint8_t> pixels = RenderPhoto(*fruits_[kind], options_.size, view);
    FRUITS_TRY(const std::string jpeg, EncodeJpeg(pixels, options_.size, options_.size));
    const fs::path folder = fs::path(options_.directory) / FruitKinds()[kind].name;
    return WriteBytes(folder / fmt::format("{}_{}.jpg", photo, options_.size), jpeg);
  }

  const SamplesOptions& options_;
  const SamplesProgress& progress_;
  const std::stop_token stop_;
  std::vector<std::uint32_t> seeds_;
  std::vector<std::unique_ptr<Fruit>> fruits_;
  std::size_t total_ = 0;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;  // of the two below and of progress_
  std::size_t done_ = 0;
  std::optional<Error> failure_;
};

}  // namespace

std::vector<std::string> KindNames() {
  std::vector<std::string> names;
  for (const FruitKind& kind : FruitKinds()) names.emplace_back(kind.name);
  return names;
}

Result<SamplesSummary> RenderSamples(const SamplesOptions& options, const SamplesProgress& progress,
                                     std::stop_token stop) {
  FRUITS_CHECK(CheckOptions(options));
  FRUITS_CHECK(PrepareDirectory(options));
  const std::size_t kinds =
      options.kinds == 0 ? FruitKinds().size() : static_cast<std::size_t>(options.kinds);
  for (std::size_t i = 0; i < kinds; ++i) {
    const fs::path folder = fs::path(options.directory) / FruitKinds()[i].name;
    std::error_code code;
    fs::create_directory(folder, code);
    if (code) return FailIo(folder, code);
  }
  Studio studio(options, kinds, progress, std::move(stop));
  {
    std::vector<std::jthread> helpers;
    const int threads = options.threads > 0 ? options.threads : UsableCpus();
    for (int i = 1; i < threads; ++i) helpers.emplace_back([&studio] { studio.Work(); });
    studio.Work();
  }
  FRUITS_CHECK(studio.outcome());
  return SamplesSummary{.kinds = kinds, .photos = studio.total()};
}

}  // namespace fruits::samples
