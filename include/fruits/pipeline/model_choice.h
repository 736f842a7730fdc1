// Which bundle computes a run's features, and in what arithmetic.
// Threads: a plain function.
#pragma once

#include <string>

#include "fruits/core/error.h"
#include "fruits/io/storage.h"
#include "fruits/model/bundle.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/pipeline/options.h"

namespace fruits {

struct ModelChoice {
  Bundle bundle;        // its files lie on a disk of this machine
  std::string model{};  // what --model would call it
  Precision precision = Precision::kF32;
  std::string reason{};  // for people, where --precision auto chose
};

// What --precision auto makes of an f32 model and the NAME-int8 beside it (null: there is none), by what
// their bundles say. int8 where NAME-int8 was quantized from these very weights, keeps kMinCosine and
// kMaxAccuracyDrop on at least kMinJudgedPhotos, was not slower on a CPU of this class, was measured with
// these options, and runs safely on `cpu`; else bf16 where the CPU has AMX (without, it is slower than f32);
// else f32.
struct PrecisionChoice {
  Precision precision = Precision::kF32;
  std::string reason{};  // for people
};
PrecisionChoice ChoosePrecision(const Bundle& base, const Bundle* int8, const RunOptions& options,
                                const CpuFacts& cpu);

// --model in its own precision, or in the one asked for: int8 is then the store's NAME-int8, and auto as
// above. `cpu`: AllowedCpu(). kNotFound: no such model, or no NAME-int8 where int8 was asked for.
Result<ModelChoice> ChooseModel(const RunOptions& options, Storage& storage, const CpuFacts& cpu);

}  // namespace fruits
