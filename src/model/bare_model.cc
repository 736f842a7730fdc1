#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <openvino/core/model.hpp>
#include <openvino/opsets/opset13.hpp>
#include <set>

#include "fruits/core/sha256.h"
#include "fruits/core/try.h"
#include "fruits/model/bundle.h"
#include "model/feature_graph.h"
#include "model/model_files.h"
#include "model/read_model.h"

namespace fruits {
namespace {

namespace fs = std::filesystem;

// Every file of the model beside `path`, by name.
Result<std::set<std::string>> ModelFiles(const fs::path& path) {
  FRUITS_TRY(std::set<std::string> names, CompanionFiles(path.string()));
  std::erase_if(names, [&](const std::string& name) {
    std::error_code error;
    return !fs::is_regular_file(path.parent_path() / name, error);
  });
  names.insert(path.filename().string());
  return names;
}

std::string NameOf(const ov::Output<const ov::Node>& output) {
  const auto& names = output.get_names();
  // The set has no order of its own.
  return names.empty() ? "" : *std::min_element(names.begin(), names.end());
}

// The tensor to take features from, by option or because it is the only one.
Result<std::string> FeatureTensor(const ov::Model& model, const std::string& path, const std::string& asked) {
  std::string there;
  for (const auto& output : model.outputs()) there += (there.empty() ? "" : ", ") + NameOf(output);
  if (!asked.empty()) {
    if (FindTensor(model, asked).get_node()) return asked;
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("output '{}': {} has no such tensor (its outputs: {})", asked, path, there));
  }
  if (model.outputs().size() != 1) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} has {} outputs ({}): say which holds the features", path,
                            model.outputs().size(), there));
  }
  if (there.empty())
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: its output has no name", path));
  return there;
}

Status TakeInput(const ov::Model& model, const std::string& path, const BareModelOptions& options,
                 Bundle& bundle) {
  FRUITS_TRY(const ImageLayout layout, ImageInputLayout(model, path));
  const ov::PartialShape shape = model.input().get_partial_shape();
  const std::size_t height_axis = layout == ImageLayout::kChannelsFirst ? 2 : 1;
  const auto side = [&](const char* name, int asked, const ov::Dimension& dimension) -> Result<int> {
    if (asked > 0) return asked;
    if (dimension.is_static()) return static_cast<int>(dimension.get_length());
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: its input has no fixed {}: say the input size", path, name));
  };
  FRUITS_TRY(bundle.input_height, side("height", options.input_height, shape[height_axis]));
  FRUITS_TRY(bundle.input_width, side("width", options.input_width, shape[height_axis + 1]));
  return {};
}

Status TakeFeatures(const ov::Model& model, const std::string& path, const std::string& name,
                    Bundle& bundle) {
  const ov::PartialShape shape = FindTensor(model, name).get_partial_shape();
  FRUITS_TRY(const ImageLayout layout, ImageInputLayout(model, path));
  const bool is_map = shape.rank().is_static() && shape.rank().get_length() == 4;
  const bool is_row = shape.rank().is_static() && shape.rank().get_length() == 2;
  const std::size_t axis = is_map && layout == ImageLayout::kChannelsLast ? 3 : 1;
  if ((!is_map && !is_row) || shape[axis].is_dynamic() || shape[axis].get_length() < 1) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "{}: tensor '{}' has shape {}, expected rows [N,D] or a map with a fixed number of channels",
            path, name, shape.to_string()));
  }
  (is_map ? bundle.feature_map_output : bundle.features_output) = name;
  bundle.dimension = static_cast<std::size_t>(shape[axis].get_length());
  return {};
}

// A model that NNCF or another tool quantized carries FakeQuantize or (de)quantizing nodes.
Precision PrecisionOf(const ov::Model& model) {
  for (const auto& node : model.get_ops()) {
    if (ov::is_type<ov::opset13::FakeQuantize>(node)) return Precision::kInt8;
  }
  return Precision::kF32;
}

}  // namespace

Result<Bundle> BundleFromModelFile(const std::string& path, const BareModelOptions& options) {
  const fs::path file = path;
  if (file.extension() != ".xml" && file.extension() != ".onnx") {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("model file '{}': expected a name that ends in .onnx or .xml", path));
  }
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    return Fail(ErrorCode::kNotFound, fmt::format("model file '{}' does not exist", path));
  for (const float scale : options.scale) {
    if (scale == 0) return Fail(ErrorCode::kInvalidArgument, "scale 0: expected numbers other than 0");
  }
  Bundle bundle;
  bundle.name = file.stem().string();
  bundle.directory = file.has_parent_path() ? file.parent_path().string() : ".";
  bundle.model_file = file.filename().string();
  bundle.color_order = options.color_order;
  bundle.mean = options.mean;
  bundle.scale = options.scale;
  bundle.resize_filter = options.resize_filter;
  bundle.source = "given by path";
  FRUITS_TRY(const std::set<std::string> names, ModelFiles(file));
  for (const std::string& name : names) {
    FRUITS_TRY(const Sha256Digest digest, Sha256OfFile((fs::path(bundle.directory) / name).string()));
    bundle.sha256[name] = ToHex(digest);
  }
  FRUITS_TRY(const std::shared_ptr<ov::Model> model, ReadModel(path));
  FRUITS_CHECK(TakeInput(*model, path, options, bundle));
  FRUITS_TRY(const std::string tensor, FeatureTensor(*model, path, options.output));
  FRUITS_CHECK(TakeFeatures(*model, path, tensor, bundle));
  bundle.precision = PrecisionOf(*model);
  return bundle;
}

}  // namespace fruits
