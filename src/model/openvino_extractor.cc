#include "model/openvino_extractor.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <openvino/runtime/core.hpp>
#include <openvino/runtime/infer_request.hpp>
#include <vector>

#include "fruits/core/try.h"
#include "model/compile.h"
#include "model/openvino_error.h"

namespace fruits {
namespace {

// Beside the requests that run, slots for about this many photos (and two at least) wait filled or to be
// read, so that a decoder that the system holds up for a moment does not stall inference.
constexpr int kSparePhotos = 16;
constexpr int kSpareSlots = 2;
constexpr int kMaxBatch = 1024;
constexpr int kMaxSide = 8192;

// Photos for as many requests of the compiled model as they take.
class Slot final : public InferenceSlot {
 public:
  // Throws what OpenVINO throws.
  Slot(CompiledFeatures& features, int capacity)
      : capacity_(capacity),
        batch_(features.batch),
        input_size_(std::size_t{3} * features.width * features.height),
        dimension_(features.dimension) {
    for (int i = 0; i < capacity; i += batch_) {
      ov::InferRequest request = features.model.create_infer_request();
      std::uint8_t* input = request.get_input_tensor().data<std::uint8_t>();
      const float* output = request.get_output_tensor().data<float>();
      pieces_.push_back({std::move(request), input, output});
    }
  }
  int capacity() const override { return capacity_; }
  std::span<std::uint8_t> Input(int index) override {
    return {PieceOf(index).input + index % batch_ * input_size_, input_size_};
  }
  std::span<const float> Features(int index) const override {
    return {PieceOf(index).output + index % batch_ * dimension_, dimension_};
  }

  // `done` is called when the last request that holds one of the first `count` photos has ended.
  void Start(int count, FeatureExtractor::Done done) {
    WaitIdle();  // released inside its callback, it may still be in OpenVINO's hands
    done_ = std::move(done);
    status_ = Status();
    const auto used = std::span(pieces_).first(static_cast<std::size_t>((count + batch_ - 1) / batch_));
    running_ = static_cast<int>(used.size());
    for (Piece& piece : used) {
      Status started = CatchOpenVino(ErrorCode::kInternal, "while starting an inference", [&] {
        piece.request.set_callback([this](std::exception_ptr exception) {
          End(!exception ? Status()
                         : std::unexpected(ErrorFromException(std::move(exception), ErrorCode::kInternal,
                                                              "while computing features")));
        });
        piece.request.start_async();
      });
      if (!started) End(std::move(started));
    }
  }

  // Returns once OpenVINO has let go of the requests, their callbacks included.
  void WaitIdle() {
    for (Piece& piece : pieces_) {
      const Status ended =
          CatchOpenVino(ErrorCode::kInternal, "while waiting", [&] { piece.request.wait(); });
      static_cast<void>(ended);  // what the request threw, its callback was told
    }
  }

 private:
  struct Piece {
    ov::InferRequest request;
    std::uint8_t* input;
    const float* output;
  };
  Piece& PieceOf(int index) { return pieces_[static_cast<std::size_t>(index / batch_)]; }
  const Piece& PieceOf(int index) const { return pieces_[static_cast<std::size_t>(index / batch_)]; }

  void End(Status status) {
    {
      const std::lock_guard lock(mutex_);
      if (status_) status_ = std::move(status);
      if (--running_ > 0) return;
    }
    // Whoever is told may use the slot again at once.
    const FeatureExtractor::Done done = std::move(done_);
    done(this, std::move(status_));
  }

  const int capacity_;
  const int batch_;
  const std::size_t input_size_;
  const std::size_t dimension_;
  std::vector<Piece> pieces_;
  std::mutex mutex_;
  int running_ = 0;
  Status status_;  // the first error
  FeatureExtractor::Done done_;
};

class OpenVinoExtractor final : public FeatureExtractor {
 public:
  // Throws what OpenVINO throws.
  OpenVinoExtractor(ov::Core core, CompiledFeatures features, int batch_size)
      : core_(std::move(core)),
        features_(std::move(features)),
        batch_size_(batch_size > 0 ? batch_size : features_.batch) {
    const int pieces = (batch_size_ + features_.batch - 1) / features_.batch;
    const int busy = (features_.requests + pieces - 1) / pieces;
    const int spare = std::max(kSpareSlots, kSparePhotos / batch_size_);
    for (int i = 0; i < busy + spare; ++i) {
      all_.push_back(std::make_unique<Slot>(features_, batch_size_));
      idle_.push_back(all_.back().get());
    }
  }
  ~OpenVinoExtractor() override {
    for (const auto& slot : all_) slot->WaitIdle();
  }

  std::size_t dimension() const override { return features_.dimension; }
  int input_width() const override { return features_.width; }
  int input_height() const override { return features_.height; }
  int batch_size() const override { return batch_size_; }
  int slots() const override { return static_cast<int>(all_.size()); }

  InferenceSlot* Acquire() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !idle_.empty(); });
    Slot* slot = idle_.back();
    idle_.pop_back();
    return slot;
  }

  void Start(InferenceSlot* slot, int count, Done done) override {
    if (count < 1 || count > batch_size_) {
      done(slot, Fail(ErrorCode::kInvalidArgument,
                      fmt::format("a slot takes 1 to {} photos, not {}", batch_size_, count)));
      return;
    }
    static_cast<Slot*>(slot)->Start(count, std::move(done));
  }

  void Release(InferenceSlot* slot) override {
    // Told under the lock: whoever waits may destroy this object as soon as it can look.
    const std::lock_guard lock(mutex_);
    idle_.push_back(static_cast<Slot*>(slot));
    changed_.notify_all();
  }

  void Wait() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return idle_.size() == all_.size(); });
  }

 private:
  ov::Core core_;
  CompiledFeatures features_;
  const int batch_size_;
  std::vector<std::unique_ptr<Slot>> all_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slot*> idle_;
};

Status CheckOptions(const Bundle& bundle, const ExtractorOptions& options, const CpuFacts& cpu) {
  const auto bad = [](const char* name, int value, int high) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} {}: expected 1 to {}, or 0 to choose", name, value, high));
  };
  if (options.batch_size < 0 || options.batch_size > kMaxBatch)
    return bad("batch_size", options.batch_size, kMaxBatch);
  if (options.input_size < 0 || options.input_size > kMaxSide)
    return bad("input_size", options.input_size, kMaxSide);
  if (options.threads < 0 || options.threads > 4096) return bad("threads", options.threads, 4096);
  if ((options.precision == Precision::kInt8) != (bundle.precision == Precision::kInt8)) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("precision {}: model '{}' has {} weights; {}", ToString(options.precision),
                            bundle.name, ToString(bundle.precision),
                            bundle.precision == Precision::kInt8 ? "run it with precision int8"
                                                                 : "quantize it first to get an int8 model"));
  }
  if (options.precision == Precision::kInt8 && !RunsInt8Safely(bundle, cpu) && !options.force) {
    return Fail(
        ErrorCode::kFailedPrecondition,
        fmt::format("precision int8: this CPU ({}, {}) has no VNNI instructions, without which int8 sums of "
                    "model '{}' can saturate and features go wrong; quantize it on such a CPU, or --force",
                    cpu.brand, DescribeIsa(cpu), bundle.name));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<FeatureExtractor>> CreateOpenVinoExtractor(const Bundle& bundle,
                                                                  const ExtractorOptions& options,
                                                                  const CpuFacts& cpu) {
  FRUITS_CHECK(CheckOptions(bundle, options, cpu));
  FRUITS_CHECK(GuardCpu());
  // The digests are checked while OpenVINO compiles; features must be those of the model the bundle names.
  const std::shared_future<Status> verified =
      std::async(std::launch::async, [&] { return VerifyBundle(bundle); });
  Result<CompiledFeatures> compiled = Fail(ErrorCode::kInternal, "not compiled");
  Result<ov::Core> core =
      CatchOpenVino(ErrorCode::kInternal, "while starting OpenVINO", [] { return ov::Core(); });
  if (core)
    compiled = CompileFeatures(*core, bundle, options, cpu, [&] { return verified.get().has_value(); });
  if (!core) compiled = std::unexpected(core.error());
  const Status intact = verified.get();
  // A damaged file explains whatever OpenVINO made of it.
  if (!intact && (compiled || intact.error().code() == ErrorCode::kCorrupt))
    return std::unexpected(intact.error());
  if (!compiled) return std::unexpected(std::move(compiled).error());
  return CatchOpenVino(ErrorCode::kInternal, "while creating inference requests",
                       [&]() -> std::unique_ptr<FeatureExtractor> {
                         return std::make_unique<OpenVinoExtractor>(std::move(*core), std::move(*compiled),
                                                                    options.batch_size);
                       });
}

}  // namespace fruits
