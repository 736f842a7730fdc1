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

class Slot final : public InferenceSlot {
 public:
  Slot(ov::InferRequest request, const CompiledFeatures& features)
      : request_(std::move(request)),
        batch_(features.batch),
        input_size_(std::size_t{3} * features.width * features.height),
        dimension_(features.dimension) {
    input_ = request_.get_input_tensor().data<std::uint8_t>();
    output_ = request_.get_output_tensor().data<float>();
  }
  int capacity() const override { return batch_; }
  std::span<std::uint8_t> Input(int index) override { return {input_ + index * input_size_, input_size_}; }
  std::span<const float> Features(int index) const override {
    return {output_ + index * dimension_, dimension_};
  }

  ov::InferRequest& request() { return request_; }
  // Returns once OpenVINO has let go of the request, its callback included.
  void WaitIdle() {
    const Status ended = CatchOpenVino(ErrorCode::kInternal, "while waiting", [&] { request_.wait(); });
    static_cast<void>(ended);  // what the request threw, its callback was told
  }

 private:
  ov::InferRequest request_;
  const int batch_;
  const std::size_t input_size_;
  const std::size_t dimension_;
  std::uint8_t* input_ = nullptr;
  float* output_ = nullptr;
};

class OpenVinoExtractor final : public FeatureExtractor {
 public:
  // Throws what OpenVINO throws.
  OpenVinoExtractor(ov::Core core, CompiledFeatures features)
      : core_(std::move(core)), features_(std::move(features)) {
    const int spare = std::max(kSpareSlots, kSparePhotos / features_.batch);
    for (int i = 0; i < features_.requests + spare; ++i) {
      all_.push_back(std::make_unique<Slot>(features_.model.create_infer_request(), features_));
      idle_.push_back(all_.back().get());
    }
  }
  ~OpenVinoExtractor() override {
    for (const auto& slot : all_) slot->WaitIdle();
  }

  std::size_t dimension() const override { return features_.dimension; }
  int input_width() const override { return features_.width; }
  int input_height() const override { return features_.height; }
  int batch_size() const override { return features_.batch; }
  int slots() const override { return static_cast<int>(all_.size()); }

  InferenceSlot* Acquire() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !idle_.empty(); });
    Slot* slot = idle_.back();
    idle_.pop_back();
    return slot;
  }

  void Start(InferenceSlot* slot, int count, Done done) override {
    if (count < 1 || count > features_.batch) {
      done(slot, Fail(ErrorCode::kInvalidArgument,
                      fmt::format("a request takes 1 to {} photos, not {}", features_.batch, count)));
      return;
    }
    auto* started = static_cast<Slot*>(slot);
    // A slot released inside its callback may still be in OpenVINO's hands.
    started->WaitIdle();
    Status status = CatchOpenVino(ErrorCode::kInternal, "while starting an inference", [&] {
      started->request().set_callback([slot, done](std::exception_ptr exception) {
        if (!exception) return done(slot, Status());
        done(slot, std::unexpected(ErrorFromException(std::move(exception), ErrorCode::kInternal,
                                                      "while computing features")));
      });
      started->request().start_async();
    });
    if (!status) done(slot, std::move(status));
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
  if (options.precision == Precision::kInt8 && !cpu.has_vnni() && !options.force) {
    return Fail(
        ErrorCode::kFailedPrecondition,
        fmt::format("precision int8: this CPU ({}, {}) has no VNNI instructions, without which int8 sums can "
                    "saturate and features go wrong; --force runs it all the same",
                    cpu.brand, IsaName(cpu)));
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
                         return std::make_unique<OpenVinoExtractor>(std::move(*core), std::move(*compiled));
                       });
}

}  // namespace fruits
