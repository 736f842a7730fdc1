#include "model/feature_graph.h"

#include <fmt/format.h>

#include <filesystem>
#include <openvino/core/preprocess/pre_post_process.hpp>
#include <openvino/opsets/opset13.hpp>
#include <vector>

#include "fruits/core/try.h"
#include "model/openvino_error.h"
#include "model/read_model.h"

namespace fruits {
namespace {

using ov::opset13::Constant;

std::shared_ptr<ov::Node> Axes(const std::vector<std::int64_t>& axes) {
  return Constant::create(ov::element::i64, ov::Shape{axes.size()}, axes);
}

bool Is(const ov::Dimension& dimension, std::int64_t value) {
  return dimension.is_static() && dimension.get_length() == value;
}

// The tensor the features are taken from, for this pooling.
const std::string& SourceTensor(const Bundle& bundle, Pooling pooling) {
  const bool pooled = pooling == Pooling::kAverage && !bundle.features_output.empty();
  return pooled ? bundle.features_output : bundle.feature_map_output;
}

// [N, dimension] rows from the tensor, pooled or flattened as asked.
ov::Output<ov::Node> Rows(const ov::Output<ov::Node>& tensor, Pooling pooling, ImageLayout layout) {
  const ov::Rank rank = tensor.get_partial_shape().rank();
  ov::Output<ov::Node> rows = tensor;
  if (rank.is_static() && rank.get_length() == 4) {
    const bool first = layout == ImageLayout::kChannelsFirst;
    if (pooling == Pooling::kAverage) {
      const auto axes = first ? Axes({2, 3}) : Axes({1, 2});
      rows = std::make_shared<ov::opset13::ReduceMean>(tensor, axes, false);
    } else if (first) {
      rows = std::make_shared<ov::opset13::Transpose>(tensor, Axes({0, 2, 3, 1}));
    }
  }
  return std::make_shared<ov::opset13::Reshape>(rows, Axes({0, -1}), true);
}

Error NoTensor(const Bundle& bundle, const std::string& name) {
  return Error(ErrorCode::kCorrupt,
               fmt::format("model '{}': {} has no tensor named '{}'", bundle.name, bundle.model_file, name));
}

std::shared_ptr<ov::Model> WithPreprocessing(const std::shared_ptr<ov::Model>& model, const Bundle& bundle,
                                             ImageLayout layout) {
  ov::preprocess::PrePostProcessor steps(model);
  auto& input = steps.input();
  input.tensor().set_element_type(ov::element::u8).set_layout("NHWC");
  input.model().set_layout(layout == ImageLayout::kChannelsFirst ? "NCHW" : "NHWC");
  auto& preprocess = input.preprocess();
  preprocess.convert_element_type(ov::element::f32);
  if (bundle.color_order == ColorOrder::kBgr) preprocess.reverse_channels();
  const std::array<float, 3> none{0, 0, 0};
  const std::array<float, 3> one{1, 1, 1};
  if (bundle.mean != none) preprocess.mean({bundle.mean.begin(), bundle.mean.end()});
  if (bundle.scale != one) preprocess.scale({bundle.scale.begin(), bundle.scale.end()});
  steps.output().tensor().set_element_type(ov::element::f32);
  return steps.build();
}

}  // namespace

Result<ImageLayout> ImageInputLayout(const ov::Model& model, const std::string& file) {
  const auto& parameters = model.get_parameters();
  if (parameters.size() != 1) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: has {} inputs, expected one image", file, parameters.size()));
  }
  const ov::PartialShape shape = parameters[0]->get_partial_shape();
  if (shape.rank().is_static() && shape.rank().get_length() == 4) {
    if (Is(shape[1], 3)) return ImageLayout::kChannelsFirst;
    if (Is(shape[3], 3)) return ImageLayout::kChannelsLast;
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{}: its input has shape {}, expected [N,3,height,width] or [N,height,width,3]",
                          file, shape.to_string()));
}

ov::Output<ov::Node> FindTensor(const ov::Model& model, const std::string& name) {
  for (const auto& node : model.get_ordered_ops()) {
    // A Result shares its source's names; the source itself is wanted.
    if (ov::is_type<ov::opset13::Result>(node)) continue;
    for (const auto& output : node->outputs()) {
      if (output.get_names().contains(name)) return output;
    }
  }
  return {};
}

Result<FeatureGraph> FeatureGraph::Read(const Bundle& bundle, Pooling pooling) {
  const std::string path = (std::filesystem::path(bundle.directory) / bundle.model_file).string();
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return Fail(ErrorCode::kNotFound, fmt::format("model '{}': the file {} is missing", bundle.name, path));
  }
  FRUITS_TRY(const std::shared_ptr<ov::Model> whole, ReadModel(path));
  FRUITS_TRY(const ImageLayout layout, ImageInputLayout(*whole, path));
  const std::string& name = SourceTensor(bundle, pooling);
  if (name.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("pooling {}: model '{}' names no feature map before pooling", ToString(pooling),
                            bundle.name));
  }
  FRUITS_TRY(std::shared_ptr<ov::Model> model,
             CatchOpenVino(ErrorCode::kCorrupt, path, [&]() -> std::shared_ptr<ov::Model> {
               const ov::Output<ov::Node> tensor = FindTensor(*whole, name);
               if (!tensor.get_node()) return nullptr;
               // A new model from the feature rows alone leaves the classifier behind.
               return std::make_shared<ov::Model>(ov::OutputVector{Rows(tensor, pooling, layout)},
                                                  whole->get_parameters(), bundle.name);
             }));
  if (!model) return std::unexpected(NoTensor(bundle, name));
  return FeatureGraph(bundle, pooling, std::move(model), layout);
}

Status FeatureGraph::Reshape(int width, int height, int batch) {
  const bool first = layout_ == ImageLayout::kChannelsFirst;
  const ov::PartialShape shape =
      first ? ov::PartialShape{batch, 3, height, width} : ov::PartialShape{batch, height, width, 3};
  return CatchOpenVino(ErrorCode::kInvalidArgument,
                       fmt::format("model '{}' cannot take photos of {}x{}", bundle_.name, width, height),
                       [&] { model_->reshape(shape); });
}

Result<GraphWork> FeatureGraph::Work(int width, int height) {
  FRUITS_CHECK(Reshape(width, height, 1));
  return MeasureWork(*model_);
}

Result<std::shared_ptr<ov::Model>> FeatureGraph::Prepare(int width, int height, int batch) {
  FRUITS_CHECK(Reshape(width, height, batch));
  const ov::PartialShape rows = model_->output().get_partial_shape();
  if (rows.is_dynamic() || rows.size() != 2 || !Is(rows[0], batch)) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("model '{}': tensor '{}' gives rows of shape {}, expected [{},D]", bundle_.name,
                            SourceTensor(bundle_, pooling_), rows.to_string(), batch));
  }
  if (pooling_ == Pooling::kAverage && !Is(rows[1], static_cast<std::int64_t>(bundle_.dimension))) {
    return Fail(ErrorCode::kCorrupt, fmt::format("model '{}': its features have dimension {}, expected {}",
                                                 bundle_.name, rows[1].to_string(), bundle_.dimension));
  }
  return CatchOpenVino(ErrorCode::kInternal, fmt::format("while preparing model '{}'", bundle_.name),
                       [&] { return WithPreprocessing(model_, bundle_, layout_); });
}

}  // namespace fruits
