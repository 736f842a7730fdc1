#include "pipeline/batch_filler.h"

#include <utility>

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
  std::unique_lock lock(mutex_);
  if (!current_) {
    // Waiting under the lock is the brake: the other decoders wait behind it.
    const StageTimer timer(times_.wait_for_slot_ns);
    current_ = std::make_shared<Batch>();
    current_->slot = extractor_.Acquire();
    current_->photos.resize(static_cast<std::size_t>(current_->slot->capacity()));
  }
  const std::shared_ptr<Batch> batch = current_;
  const int position = batch->claimed++;
  if (batch->claimed == batch->slot->capacity()) {
    batch->sealed = true;
    current_.reset();
  }
  lock.unlock();
  {
    const StageTimer timer(times_.resize_ns);
    // Cannot fail: the decoder gave a picture with pixels, the slot its exact size.
    (void)FitImage(image, fit_, filter_, extractor_.input_width(), extractor_.input_height(), resizer,
                   batch->slot->Input(position));
  }
  batch->photos[static_cast<std::size_t>(position)] = std::move(photo);
  lock.lock();
  ++batch->written;
  StartIfWhole(batch, lock);
}

void BatchFiller::Flush() {
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Batch> batch = std::exchange(current_, nullptr);
  if (!batch) return;
  batch->sealed = true;
  StartIfWhole(batch, lock);
}

void BatchFiller::Abandon() {
  std::unique_lock lock(mutex_);
  if (const auto batch = std::exchange(current_, nullptr)) extractor_.Release(batch->slot);
}

void BatchFiller::StartIfWhole(std::shared_ptr<Batch> batch, std::unique_lock<std::mutex>& lock) {
  if (!batch->sealed || batch->written != batch->claimed) return;
  lock.unlock();
  batch->photos.resize(static_cast<std::size_t>(batch->claimed));
  starting_();
  extractor_.Start(batch->slot, batch->claimed,
                   [this, batch](InferenceSlot*, Status status) { done_(batch, std::move(status)); });
}

}  // namespace fruits
