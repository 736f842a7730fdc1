#include <mutex>
#include <random>

#include "fruits/core/try.h"
#include "loops.h"

namespace fruits::bench {
namespace {

void TimeLoop(FeatureExtractor& extractor, int batches, Speed& speed, Status& failure) {
  std::mutex mutex;
  const Stopwatch watch;
  for (int i = 0; i < batches; ++i) {
    InferenceSlot* slot = extractor.Acquire();
    extractor.Start(slot, slot->capacity(), [&](InferenceSlot* done, Status status) {
      if (!status) {
        const std::lock_guard lock(mutex);
        failure = std::move(status);
      }
      extractor.Release(done);
    });
  }
  extractor.Wait();
  watch.Stop(speed);
}

void FillAll(FeatureExtractor& extractor) {
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): alike each run
  std::vector<InferenceSlot*> slots;
  for (int i = 0; i < extractor.slots(); ++i) slots.push_back(extractor.Acquire());
  for (InferenceSlot* slot : slots) {
    for (int i = 0; i < slot->capacity(); ++i) {
      for (std::uint8_t& value : slot->Input(i)) value = static_cast<std::uint8_t>(random());
    }
    extractor.Release(slot);
  }
}

}  // namespace

Result<Speed> RunExtractor(const Bundle& bundle, const ExtractorOptions& options, int images) {
  const Stopwatch create_watch;
  FRUITS_TRY(const std::unique_ptr<FeatureExtractor> extractor, FeatureExtractor::Create(bundle, options));
  Speed create;
  create_watch.Stop(create);
  FillAll(*extractor);
  Speed speed{.what = "extractor", .input = "u8", .batch = extractor->batch_size()};
  speed.requests = extractor->slots();
  Status failure;
  TimeLoop(*extractor, 1, speed, failure);
  speed.first_seconds = speed.seconds;
  speed.create_seconds = create.seconds;
  TimeLoop(*extractor, 2 * extractor->slots(), speed, failure);  // warm up
  const int batches = std::max(1, images / speed.batch);
  speed.images = batches * speed.batch;
  TimeLoop(*extractor, batches, speed, failure);
  if (!failure) return std::unexpected(failure.error());
  return speed;
}

}  // namespace fruits::bench
