// What one photo costs in a graph of static shapes, and the batch size that follows.
// Threads: any.
#pragma once

#include <cstdint>
#include <openvino/core/model.hpp>

namespace fruits {

struct GraphWork {
  std::uint64_t multiplications = 0;     // of convolutions and matrix products
  std::uint64_t activations = 0;         // values that these write
  std::uint64_t largest_activation = 0;  // values of the largest of their results
};

GraphWork MeasureWork(const ov::Model& model);

// oneDNN computes up to this many photos in the same order of operations. Above it, some CPUs get other last
// bits (AVX2: EfficientNet-Lite0 from 5 on), and no net gained from more.
inline constexpr int kLargestBatch = 4;

// Photos a request, 1 to kLargestBatch, for a graph of one photo. A graph that computes much with each value
// (ResNet50) gains from reading its weights once for four photos; one that mostly moves values
// (EfficientNet-Lite) loses when they fall out of the cache. The measurements are in docs/extraction.md.
int ChooseBatchSize(const GraphWork& work);

}  // namespace fruits
