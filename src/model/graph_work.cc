#include "model/graph_work.h"

#include <algorithm>
#include <openvino/opsets/opset13.hpp>

namespace fruits {
namespace {

constexpr std::uint64_t kComputeBound =
    150;  // multiplications for each value written: ResNet50 390, Lite0 60
constexpr std::uint64_t kCacheBytes = 8 << 20;

// Multiplications behind each value of the node's result; 0 for nodes that do not count.
std::uint64_t MultiplicationsPerValue(const ov::Node& node) {
  if (ov::is_type<const ov::opset13::Convolution>(&node)) {
    const ov::Shape& weights = node.get_input_shape(1);  // O, I, y, x
    return ov::shape_size(weights) / weights[0];
  }
  if (ov::is_type<const ov::opset13::GroupConvolution>(&node)) {
    const ov::Shape& weights = node.get_input_shape(1);  // G, O/G, I/G, y, x
    return ov::shape_size(weights) / (weights[0] * weights[1]);
  }
  if (ov::is_type<const ov::opset13::MatMul>(&node)) return node.get_input_shape(0).back();
  return 0;
}

}  // namespace

GraphWork MeasureWork(const ov::Model& model) {
  GraphWork work;
  for (const auto& node : model.get_ops()) {
    if (node->get_output_size() != 1 || node->is_dynamic()) continue;
    const std::uint64_t each = MultiplicationsPerValue(*node);
    if (each == 0) continue;
    const std::uint64_t values = ov::shape_size(node->get_output_shape(0));
    work.multiplications += values * each;
    work.activations += values;
    work.largest_activation = std::max(work.largest_activation, values);
  }
  return work;
}

int ChooseBatchSize(const GraphWork& work) {
  if (work.multiplications >= kComputeBound * work.activations && work.activations > 0) return kLargestBatch;
  int batch = kLargestBatch;
  while (batch > 1 && batch * work.largest_activation * sizeof(float) > kCacheBytes) batch /= 2;
  return batch;
}

}  // namespace fruits
