// From a bundle's model to the graph that is compiled: u8 photos in, feature rows out, nothing else computed.
//
//   FRUITS_TRY(FeatureGraph graph, FeatureGraph::Read(bundle, Pooling::kAverage));
//   FRUITS_TRY(std::shared_ptr<ov::Model> model, graph.Prepare(224, 224, 8));
//
// Threads: one user per object. Memory: the model, whose weights are mapped from its file where OpenVINO can.
#pragma once

#include <cstdint>
#include <memory>
#include <openvino/core/model.hpp>
#include <string>

#include "fruits/core/error.h"
#include "fruits/model/bundle.h"
#include "fruits/model/feature_extractor.h"
#include "model/graph_work.h"

namespace fruits {

// Where the channels of an image tensor stand.
enum class ImageLayout { kChannelsFirst, kChannelsLast };

// The layout of the model's only input. kInvalidArgument: not one input, or not an image of three channels.
Result<ImageLayout> ImageInputLayout(const ov::Model& model, const std::string& file);
// The tensor of that name, an output of the model or inside it; empty where there is none.
ov::Output<ov::Node> FindTensor(const ov::Model& model, const std::string& name);

class FeatureGraph {
 public:
  // The model cut at its features. kNotFound, kCorrupt (unreadable, or without the tensors that the bundle
  // names), kInvalidArgument (its input is not an image).
  static Result<FeatureGraph> Read(const Bundle& bundle, Pooling pooling);

  // What one photo of that size costs. kInvalidArgument as Prepare.
  Result<GraphWork> Work(int width, int height);
  // The graph for u8 input [batch, height, width, 3] in RGB and f32 output [batch, dimension].
  // kInvalidArgument: the model cannot take that size. Spends the object's model.
  Result<std::shared_ptr<ov::Model>> Prepare(int width, int height, int batch);

 private:
  Status Reshape(int width, int height, int batch);
  FeatureGraph(Bundle bundle, Pooling pooling, std::shared_ptr<ov::Model> model, ImageLayout layout)
      : bundle_(std::move(bundle)), pooling_(pooling), model_(std::move(model)), layout_(layout) {}

  Bundle bundle_;
  Pooling pooling_;
  std::shared_ptr<ov::Model> model_;
  ImageLayout layout_;
};

}  // namespace fruits
