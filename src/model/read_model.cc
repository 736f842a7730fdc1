#include "model/read_model.h"

#include <openvino/frontend/manager.hpp>

#include "model/openvino_error.h"

namespace fruits {

Result<std::shared_ptr<ov::Model>> ReadModel(const std::string& path) {
  const bool is_xml = path.ends_with(".xml");
  if (!is_xml && !path.ends_with(".onnx")) {
    return Fail(ErrorCode::kInvalidArgument,
                "model file '" + path + "': expected a name that ends in .onnx or .xml");
  }
  return CatchOpenVino(ErrorCode::kCorrupt, path + ": OpenVINO cannot read it", [&] {
    ov::frontend::FrontEndManager manager;
    const auto reader = manager.load_by_framework(is_xml ? "ir" : "onnx");
    constexpr bool kMapWeights = true;
    return reader->convert(reader->load(path, kMapWeights));
  });
}

}  // namespace fruits
