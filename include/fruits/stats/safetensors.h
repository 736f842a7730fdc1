// The safetensors container (little endian, float64 here): an 8-byte header length, a JSON header, the data.
//
//   std::string bytes = WriteSafetensors({{"mean", {{2}, mean}}, {"components", {{7, 2}, components}}});
//   auto tensors = ReadSafetensors(bytes);
//
// Format: https://github.com/huggingface/safetensors ("Format"); numpy and the safetensors packages read it.
// Threads: any. Memory: the bytes given or returned, and the header's JSON.
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
  std::vector<std::size_t> shape;  // its product is values.size()
  std::span<const double> values;
};
struct Tensor {
  std::vector<std::size_t> shape;
  std::vector<double> values;
};

std::string WriteSafetensors(const std::map<std::string, TensorView>& tensors);
// kCorrupt: header (above 1 MiB too), offsets, dtype other than F64, data that does not cover or overlaps.
Result<std::map<std::string, Tensor>> ReadSafetensors(std::string_view bytes);

}  // namespace fruits
