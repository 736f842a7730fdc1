#include "speed.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/io/storage.h"
#include "fruits/model/feature_extractor.h"
#include "fruits/pipeline/model_choice.h"

namespace fruits::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Photos that went through within `length`, and an error of the last of them.
Status Count(FeatureExtractor& extractor, std::chrono::duration<double> length, std::atomic<int>& photos) {
  std::atomic<bool> failed{false};
  std::mutex mutex;
  Status fault;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(length);
  while (Clock::now() < end && !failed) {
    InferenceSlot* slot = extractor.Acquire();
    const int count = slot->capacity();
    for (int i = 0; i < count; ++i) std::ranges::fill(slot->Input(i), static_cast<std::uint8_t>(37 * i + 90));
    extractor.Start(slot, count, [&](InferenceSlot* done, Status status) {
      if (status) {
        photos += count;
      } else if (!failed.exchange(true)) {
        const std::scoped_lock lock(mutex);
        fault = std::move(status);
      }
      extractor.Release(done);
    });
  }
  extractor.Wait();
  const std::scoped_lock lock(mutex);
  return fault;
}

}  // namespace

Result<Speed> MeasureSpeed(RunOptions options, const std::string& precision,
                           std::chrono::duration<double> length) {
  FRUITS_CHECK(SetOption(options, "precision", precision));
  Storage storage;
  FRUITS_TRY(const ModelChoice choice, ChooseModel(options, storage, AllowedCpu()));
  FRUITS_TRY(
      const auto extractor,
      FeatureExtractor::Create(
          choice.bundle,
          {.precision = choice.precision,
           .threads = options.threads,
           .cache_directory = options.cache_directory.empty() ? "" : options.cache_directory + "/compiled"}));
  std::atomic<int> photos{0};
  FRUITS_CHECK(Count(*extractor, length / 4, photos));  // warm
  photos = 0;
  const auto began = Clock::now();
  FRUITS_CHECK(Count(*extractor, length, photos));
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return Speed{.model = choice.bundle.name,
               .precision = std::string(ToString(choice.precision)),
               .reason = choice.reason,
               .images_per_second = photos / seconds};
}

}  // namespace fruits::cli
