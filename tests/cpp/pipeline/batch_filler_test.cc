#include "pipeline/batch_filler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <set>
#include <thread>

namespace fruits {
namespace {

constexpr int kSide = 4;

class FakeSlot : public InferenceSlot {
 public:
  explicit FakeSlot(int capacity)
      : pixels_(static_cast<std::size_t>(capacity), std::vector<std::uint8_t>(3 * kSide * kSide)) {}
  int capacity() const override { return static_cast<int>(pixels_.size()); }
  std::span<std::uint8_t> Input(int index) override { return pixels_[static_cast<std::size_t>(index)]; }
  std::span<const float> Features(int) const override { return {}; }

 private:
  std::vector<std::vector<std::uint8_t>> pixels_;
};

// Slots that are done as soon as they are started, on a thread of their own, and released by the receiver.
class FakeExtractor : public FeatureExtractor {
 public:
  FakeExtractor(int slots, int batch) : batch_(batch) {
    for (int i = 0; i < slots; ++i) slots_.push_back(std::make_unique<FakeSlot>(batch));
    for (const auto& slot : slots_) free_.push_back(slot.get());
    worker_ = std::jthread([this](std::stop_token stop) { Work(std::move(stop)); });
  }
  std::size_t dimension() const override { return 1; }
  int input_width() const override { return kSide; }
  int input_height() const override { return kSide; }
  int batch_size() const override { return batch_; }
  int slots() const override { return static_cast<int>(slots_.size()); }
  InferenceSlot* Acquire() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !free_.empty(); });
    InferenceSlot* slot = free_.front();
    free_.pop_front();
    return slot;
  }
  void Start(InferenceSlot* slot, int, Done done) override {
    const std::lock_guard lock(mutex_);
    started_.emplace_back(slot, std::move(done));
    changed_.notify_all();
  }
  void Release(InferenceSlot* slot) override {
    const std::lock_guard lock(mutex_);
    free_.push_back(slot);
    changed_.notify_all();
  }
  void Wait() override {}

 private:
  void Work(std::stop_token stop) {
    while (true) {
      std::pair<InferenceSlot*, Done> next;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [&] { return !started_.empty(); });
        if (started_.empty()) return;
        next = std::move(started_.front());
        started_.pop_front();
      }
      next.second(next.first, {});
    }
  }

  const int batch_;
  std::vector<std::unique_ptr<FakeSlot>> slots_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<InferenceSlot*> free_;
  std::deque<std::pair<InferenceSlot*, Done>> started_;
  std::jthread worker_;
};

Image Plain(std::uint8_t value) {
  Image image;
  image.Resize(kSide, kSide);
  std::fill(image.rgb.begin(), image.rgb.end(), value);
  return image;
}

struct Shape {
  int threads, slots, batch, photos;
};

class BatchFillerTest : public testing::TestWithParam<Shape> {};

// Each photo arrives once, with its own pixels, however many decoders crowd however few slots.
TEST_P(BatchFillerTest, EveryPhotoArrivesOnceWithItsPixels) {
  const Shape shape = GetParam();
  FakeExtractor extractor(shape.slots, shape.batch);
  StageTimes times;
  std::mutex mutex;
  std::multiset<std::size_t> arrived;
  std::atomic<int> wrong{0};
  std::atomic<int> starting{0};
  BatchFiller filler(
      extractor, Fit::kFull, Filter::kBicubic, times, [&] { ++starting; },
      [&](std::shared_ptr<Batch> batch, Status status) {
        {
          const std::lock_guard lock(mutex);
          for (std::size_t i = 0; i < batch->photos.size(); ++i) {
            arrived.insert(batch->photos[i].number);
            wrong += batch->slot->Input(static_cast<int>(i))[0] != batch->photos[i].number % 251;
          }
          wrong += !status || batch->photos.empty();
        }
        extractor.Release(batch->slot);
      });
  std::atomic<std::size_t> next{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < shape.threads; ++t) {
      threads.emplace_back([&] {
        Resizer resizer;
        for (std::size_t n = next++; n < static_cast<std::size_t>(shape.photos); n = next++) {
          BatchedPhoto photo;
          photo.number = n;
          filler.Put(std::move(photo), Plain(static_cast<std::uint8_t>(n % 251)), resizer);
        }
      });
    }
  }
  filler.Flush();
  filler.Flush();                                             // nothing is left to start
  for (int i = 0; i < shape.slots; ++i) extractor.Acquire();  // all are released: all have arrived
  EXPECT_EQ(arrived.size(), static_cast<std::size_t>(shape.photos));
  EXPECT_EQ(std::set<std::size_t>(arrived.begin(), arrived.end()).size(), arrived.size());
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(starting, (shape.photos + shape.batch - 1) / shape.batch);
}

INSTANTIATE_TEST_SUITE_P(Shapes, BatchFillerTest,
                         testing::Values(Shape{1, 1, 1, 7}, Shape{2, 4, 8, 100}, Shape{64, 4, 8, 2000},
                                         Shape{64, 18, 1, 2000}, Shape{5, 1, 16, 333}));

TEST(BatchFillerAloneTest, AbandonGivesTheSlotBack) {
  FakeExtractor extractor(1, 4);
  StageTimes times;
  BatchFiller filler(
      extractor, Fit::kFull, Filter::kBicubic, times, [] {}, [](std::shared_ptr<Batch>, Status) {});
  Resizer resizer;
  filler.Put({}, Plain(1), resizer);
  filler.Abandon();
  EXPECT_NE(extractor.Acquire(), nullptr);
}

TEST(BatchFillerAloneTest, APhotoThatCannotBeResizedSaysSo) {
  FakeExtractor extractor(1, 1);
  StageTimes times;
  Status resized;
  BatchFiller filler(
      extractor, Fit::kFull, Filter::kBicubic, times, [] {},
      [&](std::shared_ptr<Batch> batch, Status) {
        resized = batch->photos[0].resized;
        extractor.Release(batch->slot);
      });
  Resizer resizer;
  filler.Put({}, Image{}, resizer);  // no pixels at all
  extractor.Acquire();
  EXPECT_FALSE(resized);
}

}  // namespace
}  // namespace fruits
