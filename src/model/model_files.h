// Which files make up a model that has no bundle.json.
// Threads: any. Memory: an .onnx whole.
#pragma once

#include <set>
#include <string>

#include "fruits/core/error.h"

namespace fruits {

// Names of the files that the .xml or .onnx at `path` may need beside it, itself left out: the .bin of an
// .xml, the external weights of an .onnx. Not all of them need exist. kInvalidArgument: weights outside of
// its folder.
Result<std::set<std::string>> CompanionFiles(const std::string& path);

}  // namespace fruits
