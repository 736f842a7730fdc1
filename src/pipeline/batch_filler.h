// Puts photos into inference slots as they come from the decoders, whatever their order, and starts each slot
// when its last photo is written. A batch holds good photos only: a rejected one leaves no hole.
//
//   filler.Put(photo, image);      // from any decoder; waits while every slot is busy
//   filler.Flush();                // starts the batch that is not full
//
// Threads: any. Memory: the extractor's slots.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fruits/image/fit.h"
#include "fruits/model/feature_extractor.h"
#include "fruits/pipeline/stage_times.h"
#include "pipeline/photo.h"

namespace fruits {

// A photo whose pixels are in a slot: its place in the work and what is known of it.
struct BatchedPhoto {
  std::size_t number = 0;  // in the work list
  std::size_t row = 0;     // in the catalog
  PhotoRow photo;
  std::optional<std::string> thumbnail;
  Status resized;  // an error: the slot holds other pixels at this place
};

struct Batch {
  InferenceSlot* slot = nullptr;
  std::vector<BatchedPhoto> photos;  // photos[i] is Input(i)
  int claimed = 0;
  int written = 0;      // claimed places whose photo is there
  bool sealed = false;  // no more photos come
};

class BatchFiller {
 public:
  using Done = std::function<void(std::shared_ptr<Batch>, Status)>;  // on the extractor's threads
  // `starting` is called before each start, so that the receiver can count what is in flight.
  BatchFiller(FeatureExtractor& extractor, Fit fit, Filter filter, StageTimes& times,
              std::function<void()> starting, Done done);

  void Put(BatchedPhoto photo, const Image& image, Resizer& resizer);
  void Flush();
  // Gives an unfinished batch's slot back without starting it. Only when no Put is under way.
  void Abandon();

 private:
  // A place in the batch that grows; waits for a slot where none does.
  std::pair<std::shared_ptr<Batch>, int> Claim();
  void StartIfWhole(const std::shared_ptr<Batch>& batch, std::unique_lock<std::mutex>& lock);

  FeatureExtractor& extractor_;
  const Fit fit_;
  const Filter filter_;
  StageTimes& times_;
  const std::function<void()> starting_;
  const Done done_;
  // Held while waiting for a slot, so that the other decoders wait behind it; those that finish a photo do
  // not need it.
  std::mutex acquire_mutex_;
  // Guards current_ and every batch's counters; never held while waiting.
  std::mutex mutex_;
  std::shared_ptr<Batch> current_;
};

}  // namespace fruits
