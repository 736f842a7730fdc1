#include "pipeline/featurize.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>
#include <thread>
#include <utility>

#include "fruits/core/bounded_queue.h"
#include "fruits/core/guard.h"
#include "fruits/image/thumbnail.h"
#include "fruits/io/file.h"
#include "pipeline/batch_filler.h"
#include "pipeline/byte_budget.h"
#include "pipeline/flow.h"

namespace fruits {
namespace {

// Local reads rarely wait; a few readers hide a cold disk.
constexpr int kReaders = 3;
constexpr std::uint64_t kBytesInFlight = 64 << 20;
// A single file larger than this is no photo for this program (and would pass the stated memory bound).
constexpr std::uint64_t kMaxFileBytes = 256 << 20;
// A decoder gives back the memory of larger pictures at once.
constexpr std::size_t kKeptImageBytes = 48 << 20;

struct ReadPhoto {
  std::size_t number = 0;
  std::size_t row = 0;
  std::uint64_t budget = 0;
  FileFacts facts;
  Status status;
  std::vector<std::byte> bytes;
};

// What comes back to the collecting thread: a batch of features, or one rejected photo.
struct Arrival {
  std::shared_ptr<Batch> batch;
  Status status;
  std::size_t number = 0;
  PhotoOutcome rejected;
};

class Featurizer {
 public:
  Featurizer(const Catalog& catalog, const LabelRule& labels, std::span<const std::uint32_t> work,
             FeatureExtractor& extractor, const FeaturizeOptions& options, std::stop_token stop,
             StageTimes& times)
      : catalog_(catalog),
        labels_(labels),
        work_(work),
        extractor_(extractor),
        options_(options),
        stop_(std::move(stop)),
        times_(times),
        window_(WindowFor(extractor, options.threads)),
        flow_(work.size(), window_),
        budget_(kBytesInFlight),
        read_(static_cast<std::size_t>(2 * options.threads + kReaders)),
        arrivals_(window_ + static_cast<std::size_t>(extractor.slots() + options.threads)),
        filler_(
            extractor, options.fit, options.filter, times, [this] { ++sources_; },
            [this](std::shared_ptr<Batch> batch, Status status) {
              Arrive(std::move(batch), std::move(status));
            }),
        waiting_(window_) {}

  Status Run(const std::function<Status(PhotoOutcome)>& sink) {
    const std::stop_callback on_stop(stop_, [this] { flow_.Stop(); });
    std::vector<std::jthread> threads;
    sources_ = options_.threads;
    decoders_left_ = options_.threads;
    readers_left_ = kReaders;
    const Status started = Guard([&]() -> Status {
      for (int i = 0; i < options_.threads; ++i) threads.emplace_back([this] { DecodePhotos(); });
      for (int i = 0; i < kReaders; ++i) threads.emplace_back([this] { ReadPhotos(); });
      return {};
    });
    if (!started) {
      // Without all of its threads the flow would never end by itself.
      flow_.Stop();
      read_.Cancel();
      return std::unexpected(started.error().WithContext("while starting threads"));
    }
    Status status = Collect(sink);
    threads.clear();  // joins
    if (!status) return status;
    if (emitted_ < work_.size()) return Fail(ErrorCode::kCancelled, "stopped before the last photo");
    return {};
  }

 private:
  // Enough for every slot, and as much again to ride over slow photos.
  static std::size_t WindowFor(const FeatureExtractor& extractor, int threads) {
    const int in_slots = extractor.slots() * extractor.batch_size();
    return static_cast<std::size_t>(2 * in_slots + 4 * threads + kReaders + 16);
  }

  void ReadPhotos() {
    while (const auto number = flow_.Issue()) {
      ReadPhoto photo;
      photo.number = *number;
      photo.row = work_[*number];
      photo.budget = budget_.Take(catalog_.size_bytes(photo.row));
      {
        const StageTimer timer(times_.read_ns);
        const auto facts =
            Guard([&] { return ReadFile(catalog_.RawPath(photo.row), photo.bytes, kMaxFileBytes); });
        if (facts)
          photo.facts = *facts;
        else
          photo.status = std::unexpected(facts.error());
      }
      read_.Push(std::move(photo));
    }
    if (--readers_left_ == 0) read_.Close();
  }

  void DecodePhotos() {
    Image image;
    Resizer resizer;
    Thumbnailer thumbnailer;
    while (auto photo = read_.Pop()) {
      // After a stop nothing new is started; what is read is dropped.
      if (!flow_.stopped()) {
        const Status status = Guard([&] { return DecodePhoto(*photo, image, resizer, thumbnailer); });
        if (!status) FailRun(status.error());
      }
      photo->bytes = {};
      budget_.Give(photo->budget);
      if (image.rgb.capacity() > kKeptImageBytes) image = {};
    }
    if (--decoders_left_ == 0) {
      if (flow_.stopped())
        filler_.Abandon();
      else
        filler_.Flush();
    }
    CloseSource();
  }

  // An error here ends the run: it is the machine's, not the photo's.
  Status DecodePhoto(const ReadPhoto& read, Image& image, Resizer& resizer, Thumbnailer& thumbnailer) {
    std::string_view stage = "read";
    Status status = read.status;
    if (status) {
      stage = "decode";
      const StageTimer timer(times_.decode_ns);
      status = Decode(read.bytes, options_.decode, image);
    }
    if (!status && status.error().code() == ErrorCode::kResourceExhausted) {
      return std::unexpected(status.error().WithContext(catalog_.Path(read.row)));
    }
    if (status) {
      BatchedPhoto photo;
      photo.number = read.number;
      photo.row = read.row;
      if (options_.thumbnails) {
        const StageTimer timer(times_.thumbnail_ns);
        photo.thumbnail = thumbnailer.Make(image).value_or("");
      }
      photo.photo = {.path = catalog_.Path(read.row),
                     .label = labels_.Label(catalog_.RawPath(read.row)),
                     .size_bytes = read.facts.size_bytes,
                     .etag = {},
                     .mtime_ns = read.facts.mtime_ns,
                     .width = image.width,
                     .height = image.height,
                     .content_sha256 = Sha256Of(read.bytes)};
      filler_.Put(std::move(photo), image, resizer);
    } else {
      Reject(read, stage, status.error().message());
    }
    if (flow_.Settle()) filler_.Flush();
    return {};
  }

  // Ends the run with an error, from any thread.
  void FailRun(const Error& error) {
    flow_.Stop();
    Arrival arrival;
    arrival.status = std::unexpected(error);
    arrivals_.Push(std::move(arrival));
  }

  void Reject(const ReadPhoto& read, std::string_view stage, std::string reason) {
    std::replace_if(reason.begin(), reason.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    Arrival arrival;
    arrival.number = read.number;
    arrival.rejected = {.row = read.row,
                        .what = RejectedRow{.path = catalog_.Path(read.row),
                                            .stage = std::string(stage),
                                            .reason = std::move(reason),
                                            .size_bytes = catalog_.size_bytes(read.row),
                                            .etag = {},
                                            .mtime_ns = catalog_.mtime_ns(read.row)}};
    arrivals_.Push(std::move(arrival));
  }

  void Arrive(std::shared_ptr<Batch> batch, Status status) {
    std::int64_t none = 0;
    times_.first_features_ns.compare_exchange_strong(none, StageTimes::Now());
    Arrival arrival;
    arrival.batch = std::move(batch);
    arrival.status = std::move(status);
    arrivals_.Push(std::move(arrival));
    CloseSource();
  }

  // Decoders and started batches are sources of arrivals; the last one closes the queue.
  void CloseSource() {
    if (--sources_ == 0) arrivals_.Close();
  }

  Status Collect(const std::function<Status(PhotoOutcome)>& sink) {
    Status status;
    while (auto arrival = arrivals_.Pop()) {
      if (!arrival->status && status) {
        status = std::unexpected(arrival->status.error().WithContext("while computing features"));
        flow_.Stop();
      }
      if (arrival->batch) {
        if (arrival->status && status) status = Guard([&] { return KeepFeatures(*arrival->batch); });
        if (!status) flow_.Stop();
        extractor_.Release(arrival->batch->slot);
      } else if (arrival->status) {
        waiting_[arrival->number % window_] = std::move(arrival->rejected);
      }
      const std::size_t before = emitted_;
      while (status && emitted_ < work_.size() && waiting_[emitted_ % window_]) {
        status = Guard([&] { return sink(*std::exchange(waiting_[emitted_ % window_], std::nullopt)); });
        ++emitted_;
        if (!status) flow_.Stop();
      }
      flow_.Emit(emitted_ - before);
    }
    return status;
  }

  Status KeepFeatures(Batch& batch) {
    for (std::size_t i = 0; i < batch.photos.size(); ++i) {
      BatchedPhoto& photo = batch.photos[i];
      if (!photo.resized) return std::unexpected(photo.resized.error().WithContext(photo.photo.path));
      const std::span<const float> features = batch.slot->Features(static_cast<int>(i));
      if (!std::ranges::all_of(features, [](float x) { return std::isfinite(x); })) {
        return Fail(ErrorCode::kInternal,
                    photo.photo.path + ": the network gave a feature that is not a finite number");
      }
      waiting_[photo.number % window_] =
          PhotoOutcome{.row = photo.row,
                       .what = FeaturizedPhoto{.photo = std::move(photo.photo),
                                               .features = {features.begin(), features.end()},
                                               .thumbnail = std::move(photo.thumbnail)}};
    }
    return {};
  }

  const Catalog& catalog_;
  const LabelRule& labels_;
  const std::span<const std::uint32_t> work_;
  FeatureExtractor& extractor_;
  const FeaturizeOptions options_;
  const std::stop_token stop_;
  StageTimes& times_;

  const std::size_t window_;
  Flow flow_;
  ByteBudget budget_;
  BoundedQueue<ReadPhoto> read_;
  BoundedQueue<Arrival> arrivals_;
  BatchFiller filler_;
  std::atomic<int> sources_{0};
  std::atomic<int> decoders_left_{0};
  std::atomic<int> readers_left_{0};

  // Outcomes that wait for their turn, by number modulo the window.
  std::vector<std::optional<PhotoOutcome>> waiting_;
  std::size_t emitted_ = 0;
};

}  // namespace

Status Featurize(const Catalog& catalog, const LabelRule& labels, std::span<const std::uint32_t> work,
                 FeatureExtractor& extractor, const FeaturizeOptions& options, std::stop_token stop,
                 StageTimes& times, const std::function<Status(PhotoOutcome)>& sink) {
  if (work.empty()) return {};
  Featurizer featurizer(catalog, labels, work, extractor, options, std::move(stop), times);
  return featurizer.Run(sink);
}

}  // namespace fruits
