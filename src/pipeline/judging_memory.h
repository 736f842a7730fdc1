// What judging features takes of memory, known before any of them is computed.
// Threads: plain functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fruits/core/error.h"

namespace fruits {

struct JudgedSize {
  std::size_t photos = 0;
  std::size_t dimension = 0;
  std::size_t reference_dimension = 0;  // of the features that stay in memory beside them; 0: none
  std::size_t components = 0;           // the most that are fitted
};

// Of EvaluatedFeatures::Of at its highest.
std::uint64_t BytesToJudge(const JudgedSize& size);

// kInvalidArgument: more than `usable` bytes; names --images, of which `images` was given, and how many fit.
Status CheckJudgingFits(const JudgedSize& size, std::size_t images, std::uint64_t usable);

}  // namespace fruits
