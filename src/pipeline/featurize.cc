#include "pipeline/featurize.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "fruits/core/bounded_queue.h"
#include "fruits/core/cpu_share.h"
#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "fruits/image/thumbnail.h"
#include "fruits/io/file.h"
#include "pipeline/batch_filler.h"
#include "pipeline/byte_budget.h"
#include "pipeline/flow.h"

namespace fruits {
namespace {

constexpr std::uint64_t kBytesInFlight = 64 << 20;
// A decoder gives back the memory of larger pictures at once.
constexpr std::size_t kKeptImageBytes = 48 << 20;

// A photo's own faults become rejected rows; any other ends the run, which can go on from its ledger.
bool IsOwnFault(ErrorCode code) {
  return code == ErrorCode::kNotFound || code == ErrorCode::kInvalidArgument || code == ErrorCode::kIo ||
         code == ErrorCode::kCorrupt;
}

struct ReadPhoto {
  std::size_t number = 0;
  PhotoToRead photo;
  std::uint64_t budget = 0;
  FileFacts facts;  // as they were when it was read
  Status status;
  std::vector<std::byte> bytes;
};

// What comes back to the collecting thread: a batch of features, or one photo that was rejected or is a copy.
struct Arrival {
  std::shared_ptr<Batch> batch;
  Status status;
  std::size_t number = 0;
  PhotoOutcome settled;
};

class Featurizer {
 public:
  Featurizer(const NextPhoto& next, const FetchPhoto& read, const LabelRule& labels,
             FeatureExtractor& extractor, const FeaturizeOptions& options, std::stop_token stop,
             StageTimes& times)
      : next_(next),
        fetch_photo_(read),
        labels_(labels),
        extractor_(extractor),
        options_(options),
        stop_(std::move(stop)),
        times_(times),
        window_(WindowFor(extractor, options)),
        flow_(window_),
        budget_(kBytesInFlight),
        read_(static_cast<std::size_t>(2 * options.threads + options.readers)),
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
    readers_left_ = options_.readers;
    const Status started = Guard([&]() -> Status {
      for (int i = 0; i < options_.threads; ++i) threads.emplace_back([this] { DecodePhotos(); });
      for (int i = 0; i < options_.readers; ++i) threads.emplace_back([this] { ReadPhotos(); });
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
    times_.in_flight -= static_cast<std::int64_t>(flow_.issued() - emitted_);
    if (!status) return status;
    if (!ended_ || emitted_ < flow_.issued()) {
      return Fail(ErrorCode::kCancelled, "stopped before the last photo");
    }
    return {};
  }

 private:
  // Enough for every slot, and as much again to ride over slow photos.
  static std::size_t WindowFor(const FeatureExtractor& extractor, const FeaturizeOptions& options) {
    const int in_slots = extractor.slots() * extractor.batch_size();
    return static_cast<std::size_t>(2 * in_slots + 4 * options.threads + 2 * options.readers + 16);
  }

  // Photos get their numbers in the order in which `next` gives them. False: no more.
  Result<bool> TakePhoto(ReadPhoto& photo) {
    const std::lock_guard turn(taking_);
    if (ended_ || !flow_.WaitForRoom()) return false;
    FRUITS_TRY(std::optional<PhotoToRead> next, next_());
    if (!next) {
      ended_ = true;
      flow_.End();
      return false;
    }
    photo.photo = std::move(*next);
    photo.number = flow_.Issue();
    ++times_.in_flight;
    return true;
  }

  void ReadPhotos() {
    while (true) {
      ReadPhoto photo;
      const auto taken = Guard([&] { return TakePhoto(photo); });
      if (!taken) FailRun(taken.error());
      if (!taken || !*taken) break;
      photo.budget = budget_.Take(photo.photo.facts.size_bytes);
      {
        const StageTimer timer(times_.read_ns);
        const auto facts = Guard([&] { return fetch_photo_(photo.photo, photo.bytes); });
        if (facts)
          photo.facts = *facts;
        else
          photo.status = std::unexpected(facts.error());
      }
      times_.bytes_read += photo.bytes.size();
      ++times_.waiting_to_decode;
      read_.Push(std::move(photo));
    }
    if (--readers_left_ == 0) read_.Close();
  }

  void DecodePhotos() {
    Image image;
    Resizer resizer;
    Thumbnailer thumbnailer;
    while (auto photo = read_.Pop()) {
      --times_.waiting_to_decode;
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

  PhotoRow RowOf(const ReadPhoto& read) const {
    return {.path = UriOfRawPath(read.photo.raw).ToString(),
            .label = labels_.Label(read.photo.raw),
            .size_bytes = read.facts.size_bytes,
            .etag = read.facts.etag,
            .mtime_ns = read.facts.mtime_ns,
            .width = 0,
            .height = 0,
            .content_sha256 = Sha256Of(read.bytes)};
  }

  Status Copy(std::size_t number, std::size_t row, PhotoRow photo, const ContentIndex::Claimed& claimed) {
    Arrival arrival;
    arrival.number = number;
    arrival.settled = {
        .row = row,
        .what = CopiedPhoto{.photo = std::move(photo), .stored = claimed.stored, .origin_row = claimed.row},
        .copied = true};
    arrivals_.Push(std::move(arrival));
    if (flow_.Settle()) filler_.Flush();
    return {};
  }

  // An error here ends the run: it is the machine's, not the photo's.
  Status DecodePhoto(const ReadPhoto& read, Image& image, Resizer& resizer, Thumbnailer& thumbnailer) {
    Status status = read.status;
    // What is damaged inside an archive stays so until the archive changes.
    std::string_view stage = !status && status.error().code() == ErrorCode::kCorrupt ? "archive" : "read";
    if (!status && !IsOwnFault(status.error().code())) return status;
    PhotoRow row = RowOf(read);
    if (status && options_.contents) {
      const ContentIndex::Claimed claimed = options_.contents->Claim(row.content_sha256, read.photo.row);
      if (!claimed.is_first) return Copy(read.number, read.photo.row, std::move(row), claimed);
    }
    if (status) {
      stage = "decode";
      const StageTimer timer(times_.decode_ns);
      status = Decode(read.bytes, options_.decode, image);
    }
    if (!status && status.error().code() == ErrorCode::kResourceExhausted) {
      return std::unexpected(status.error().WithContext(row.path));
    }
    if (status) {
      BatchedPhoto photo;
      photo.number = read.number;
      photo.row = read.photo.row;
      if (options_.thumbnails) {
        const StageTimer timer(times_.thumbnail_ns);
        photo.thumbnail = thumbnailer.Make(image).value_or("");
      }
      row.width = image.width;
      row.height = image.height;
      photo.photo = std::move(row);
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
    // What was read, so that it counts as settled until the photo changes; else what was listed.
    const FileFacts& facts = read.status ? read.facts : read.photo.facts;
    arrival.settled = {.row = read.photo.row,
                       .what = RejectedRow{.path = UriOfRawPath(read.photo.raw).ToString(),
                                           .stage = std::string(stage),
                                           .reason = std::move(reason),
                                           .size_bytes = facts.size_bytes,
                                           .etag = facts.etag,
                                           .mtime_ns = facts.mtime_ns}};
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
        waiting_[arrival->number % window_] = std::move(arrival->settled);
      }
      const std::size_t before = emitted_;
      while (status && IsNextReady()) {
        status = Guard([&] { return sink(*std::exchange(waiting_[emitted_ % window_], std::nullopt)); });
        ++emitted_;
        if (!status) flow_.Stop();
      }
      flow_.Emit(emitted_ - before);
      times_.in_flight -= static_cast<std::int64_t>(emitted_ - before);
    }
    return status;
  }

  // A copy of a photo behind it becomes that photo's like as soon as that one is there; a copy of one before
  // it is the sink's to make.
  bool IsNextReady() {
    std::optional<PhotoOutcome>& next = waiting_[emitted_ % window_];
    if (!next) return false;
    auto* copy = std::get_if<CopiedPhoto>(&next->what);
    if (!copy || copy->stored.known() || copy->origin_row < next->row) return true;
    const auto origin = std::ranges::find_if(
        waiting_, [&](const auto& outcome) { return outcome && outcome->row == copy->origin_row; });
    if (origin == waiting_.end()) return false;
    if (const auto* photo = std::get_if<FeaturizedPhoto>(&(*origin)->what)) {
      next->what = CopyOf(std::move(copy->photo), *photo);
    } else {
      next->what = CopyOf(copy->photo, std::get<RejectedRow>((*origin)->what));
    }
    return true;
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

  const NextPhoto& next_;
  const FetchPhoto& fetch_photo_;
  const LabelRule& labels_;
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
  std::mutex taking_;
  std::atomic<bool> ended_{false};  // `next_` has no more
  std::atomic<int> sources_{0};
  std::atomic<int> decoders_left_{0};
  std::atomic<int> readers_left_{0};

  // Outcomes that wait for their turn, by number modulo the window.
  std::vector<std::optional<PhotoOutcome>> waiting_;
  std::size_t emitted_ = 0;
};

}  // namespace

FeaturizeOptions FeaturizeOptionsOf(const RunOptions& options, const Bundle& bundle, int readers) {
  return {.decode = {.max_pixels = options.max_pixels, .exif_rotate = options.exif_rotate},
          .fit = options.fit,
          .filter = options.resize_filter.value_or(bundle.resize_filter),
          .threads = options.threads > 0 ? options.threads : UsableCpus(),
          .readers = readers,
          .thumbnails = options.thumbnails};
}

Status Featurize(const NextPhoto& next, const FetchPhoto& read, const LabelRule& labels,
                 FeatureExtractor& extractor, const FeaturizeOptions& options, std::stop_token stop,
                 StageTimes& times, const std::function<Status(PhotoOutcome)>& sink) {
  Featurizer featurizer(next, read, labels, extractor, options, std::move(stop), times);
  return featurizer.Run(sink);
}

}  // namespace fruits
