// Photos to feature rows on OpenVINO, many requests in flight.
//
//   auto extractor = FeatureExtractor::Create(bundle, {.threads = 2});
//   while (more) {
//     InferenceSlot* slot = (*extractor)->Acquire();              // waits for an idle request
//     for (i < slot->capacity()) fill(slot->Input(i));            // height x width x RGB bytes, in place
//     (*extractor)->Start(slot, count, [](InferenceSlot* done, Status status) { use(done->Features(i)); });
//   }                                       // whoever receives the callback calls Release(slot) in the end
//   (*extractor)->Wait();
//
// Features do not depend on batch size, streams, slot or order: the same bits.
// Threads: Acquire, Start, Release, Wait from any thread; a slot belongs to one user between Acquire and
// Start, and to the callback's receiver until Release. Callbacks run on OpenVINO's threads: be short, do not
// throw, and start nothing in them (Release is fine).
//
// A slot's photos go through the network in requests of at most four, a number that is chosen for the model:
// with more, some CPUs compute other last bits.
//
// Memory: the weights, and slots() * batch_size * (3 * width * height + 4 * dimension) bytes beside
// OpenVINO's activations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "fruits/model/bundle.h"
#include "fruits/model/cpu_guard.h"

namespace fruits {

enum class Pooling { kAverage, kNone };
std::optional<Pooling> ParsePooling(std::string_view name);  // "avg", "none"
std::string_view ToString(Pooling pooling);

struct ExtractorOptions {
  Precision precision = Precision::kF32;  // explicit at every compile; kInt8 needs an int8 bundle
  Pooling pooling = Pooling::kAverage;    // kNone: the flattened map in height, width, channel order
  int input_size = 0;                     // square input; 0: the bundle's
  int batch_size = 0;                     // photos a slot; 0: as many as a request takes
  int threads = 0;                        // 0: UsableCpus()
  std::string cache_directory = {};       // compiled models, shared by any number of processes; empty: none
  bool force = false;                     // int8 without VNNI
};

class InferenceSlot {
 public:
  virtual ~InferenceSlot() = default;
  virtual int capacity() const = 0;                              // photos
  virtual std::span<std::uint8_t> Input(int index) = 0;          // 3 * width * height bytes
  virtual std::span<const float> Features(int index) const = 0;  // dimension values, valid until Release
};

class FeatureExtractor {
 public:
  using Done = std::function<void(InferenceSlot*, Status)>;
  // Reads the model, checks its files' digests while it compiles or loads it from the cache.
  // kNotFound, kCorrupt (model files), kInvalidArgument (an option out of range; input_size the model cannot
  // take), kFailedPrecondition (int8 without VNNI and force; precision and bundle disagree: kInt8 is for int8
  // bundles, and only kInt8; bf16 where the CPU would compute something else; the CPU guard), kInternal
  // (OpenVINO).
  static Result<std::unique_ptr<FeatureExtractor>> Create(const Bundle& bundle,
                                                          const ExtractorOptions& options);
  virtual ~FeatureExtractor() = default;  // waits for requests in flight

  virtual std::size_t dimension() const = 0;
  virtual int input_width() const = 0;
  virtual int input_height() const = 0;
  virtual int batch_size() const = 0;
  virtual int slots() const = 0;

  virtual InferenceSlot* Acquire() = 0;
  // The first `count` inputs are filled, 1 <= count <= batch_size(). Returns at once; `done` is called
  // exactly once, here and now if the requests cannot start. A partly filled request costs as much as a full
  // one.
  virtual void Start(InferenceSlot* slot, int count, Done done) = 0;
  virtual void Release(InferenceSlot* slot) = 0;
  virtual void Wait() = 0;  // until every slot is released

  // All at once, for small jobs and tests: `count` photos of 3 * width * height bytes to as many rows of
  // dimension() floats. kInvalidArgument: a span of another size; else as Start. Waits for every slot.
  Status Extract(std::span<const std::uint8_t> images, std::size_t count, std::span<float> features);
};

// int8 sums cannot saturate: the CPU has VNNI, or the weights were kept narrow for those without (isa
// "avx2").
bool RunsInt8Safely(const Bundle& bundle, const CpuFacts& cpu);

std::string OpenVinoVersion();

}  // namespace fruits
