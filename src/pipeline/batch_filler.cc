#include "pipeline/batch_filler.h"

#include <utility>

#include "fruits/core/guard.h"

namespace fruits {

BatchFiller::BatchFiller(FeatureExtractor& extractor, Fit fit, Filter filter, StageTimes& times,
                         std::function<void()> starting, Done done)
    : extractor_(extractor),
      fit_(fit),
      filter_(filter),
      times_(times),
      starting_(std::move(starting)),
      done_(std::move(done)) {}

void BatchFiller::Put(BatchedPhoto photo, const Image& image, Resizer& resizer) {
  auto [batch, position] = Claim();
  {
    const StageTimer timer(times_.resize_ns);
    photo.resized = Guard([&, &slot = *batch->slot, place = position] {
      return FitImage(image, fit_, filter_, extractor_.input_width(), extractor_.input_height(), resizer,
                      slot.Input(place));
    });
  }
  batch->photos[static_cast<std::size_t>(position)] = std::move(photo);
  std::unique_lock lock(mutex_);
  ++batch->written;
  StartIfWhole(batch, lock);
}

std::pair<std::shared_ptr<Batch>, int> BatchFiller::Claim() {
  const std::lock_guard acquiring(acquire_mutex_);
  std::unique_lock lock(mutex_);
  if (!current_) {
    lock.unlock();
    auto batch = std::make_shared<Batch>();
    {
      const StageTimer timer(times_.wait_for_slot_ns);
      batch->slot = extractor_.Acquire();
    }
    batch->photos.resize(static_cast<std::size_t>(batch->slot->capacity()));
    lock.lock();
    current_ = std::move(batch);
  }
  std::shared_ptr<Batch> batch = current_;
  const int position = batch->claimed++;
  if (batch->claimed == batch->slot->capacity()) {
    batch->sealed = true;
    current_.reset();
  }
  return {std::move(batch), position};
}

void BatchFiller::Flush() {
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Batch> batch = std::exchange(current_, nullptr);
  if (!batch) return;
  batch->sealed = true;
  StartIfWhole(batch, lock);
}

void BatchFiller::Abandon() {
  const std::lock_guard lock(mutex_);
  if (const auto batch = std::exchange(current_, nullptr)) extractor_.Release(batch->slot);
}

void BatchFiller::StartIfWhole(const std::shared_ptr<Batch>& batch, std::unique_lock<std::mutex>& lock) {
  if (!batch->sealed || batch->written != batch->claimed) return;
  lock.unlock();
  batch->photos.resize(static_cast<std::size_t>(batch->claimed));
  starting_();
  extractor_.Start(batch->slot, batch->claimed,
                   [this, batch](InferenceSlot*, Status status) { done_(batch, std::move(status)); });
}

}  // namespace fruits
