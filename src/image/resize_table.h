// The weights of one axis of a resize, as Pillow's Resample.c computes them.
//
// Each output pixel is a weighted sum of neighbouring input pixels. The weights are computed and normalised
// in double, then rounded to 22 fraction bits. Here each is kept as two 16-bit halves, weight = high * 2^15 +
// low, so that two multiply-adds of 16 bits give the exact 32-bit sum; two neighbouring weights share one
// 32-bit word. Threads: a value type. Memory: 8 bytes for every two weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/image/resize.h"

namespace fruits::detail {

inline constexpr int kWeightBits = 22;     // fraction bits of a weight
inline constexpr int kWeightLowBits = 15;  // of them in the lower half

// Two neighbouring weights, first in the lower 16 bits.
struct WeightPair {
  std::int32_t low = 0;
  std::int32_t high = 0;
};

struct ResizeSpan {
  int first = 0;                                 // first input pixel
  int count = 0;                                 // input pixels that matter; may be 0
  std::uint32_t offset = 0;                      // of its pairs in ResizeTable::pairs
  int pairs() const { return (count + 1) / 2; }  // an odd count ends with a weight of 0
};

struct ResizeTable {
  std::vector<ResizeSpan> spans;  // one for each output pixel; `first` never falls
  std::vector<WeightPair> pairs;
  int first() const { return spans.front().first; }
  int last() const { return spans.back().first + spans.back().count; }  // one past
  std::size_t memory_bytes() const {
    return spans.capacity() * sizeof(ResizeSpan) + pairs.capacity() * sizeof(WeightPair);
  }
};

// in0 and in1 bound the part of the axis that is resized; they are float because Pillow's box is.
// kResourceExhausted: the weights would take more than 256 MiB.
Result<ResizeTable> MakeResizeTable(int in_size, float in0, float in1, int out_size, Filter filter);

}  // namespace fruits::detail
