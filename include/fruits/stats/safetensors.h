// The safetensors container (little endian, float64 here): an 8-byte header length, a JSON header, the data.
// Threads: any. Memory: the bytes given or returned.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"

namespace fruits {

struct TensorView {
  std::vector<std::size_t> shape;
  std::span<const double> values;
};
struct Tensor {
  std::vector<std::size_t> shape;
  std::vector<double> values;
};

std::string WriteSafetensors(const std::map<std::string, TensorView>& tensors);
// kCorrupt: header, offsets, dtype other than F64, data that does not cover or overlaps.
Result<std::map<std::string, Tensor>> ReadSafetensors(std::string_view bytes);

}  // namespace fruits
