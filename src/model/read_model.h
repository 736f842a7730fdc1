// A model file into OpenVINO's graph.
// Threads: any. Memory: the weights of an .xml stay in its .bin, mapped.
#pragma once

#include <memory>
#include <openvino/core/model.hpp>
#include <string>

#include "fruits/core/error.h"

namespace fruits {

// An .onnx or .xml by the reader of just that format: OpenVINO's own guess would try every reader it has on a
// broken file, and some print. kInvalidArgument (another extension), kCorrupt.
Result<std::shared_ptr<ov::Model>> ReadModel(const std::string& path);

}  // namespace fruits
