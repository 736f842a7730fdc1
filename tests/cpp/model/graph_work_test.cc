#include "model/graph_work.h"

#include <gtest/gtest.h>

#include <openvino/opsets/opset13.hpp>

namespace fruits {
namespace {

using ov::opset13::Constant;

TEST(GraphWorkTest, CountsConvolutionsGroupsAndProducts) {
  const auto input = std::make_shared<ov::opset13::Parameter>(ov::element::f32, ov::Shape{1, 3, 10, 10});
  const auto weights = [](const ov::Shape& shape) {
    return Constant::create(ov::element::f32, shape, std::vector<float>(ov::shape_size(shape), 1.0F));
  };
  const ov::CoordinateDiff pad{1, 1};
  const auto conv = std::make_shared<ov::opset13::Convolution>(
      input, weights({8, 3, 3, 3}), ov::Strides{1, 1}, pad, pad, ov::Strides{1, 1});
  const auto depthwise = std::make_shared<ov::opset13::GroupConvolution>(
      conv, weights({8, 1, 1, 3, 3}), ov::Strides{1, 1}, pad, pad, ov::Strides{1, 1});
  const auto flat = std::make_shared<ov::opset13::Reshape>(
      depthwise, Constant::create(ov::element::i64, ov::Shape{2}, {1, 800}), false);
  const auto product = std::make_shared<ov::opset13::MatMul>(flat, weights({800, 5}));
  const ov::Model model(ov::OutputVector{product}, ov::ParameterVector{input});
  const GraphWork work = MeasureWork(model);
  EXPECT_EQ(work.multiplications, 800U * 27 + 800 * 9 + 5 * 800);
  EXPECT_EQ(work.activations, 800U + 800 + 5);
  EXPECT_EQ(work.largest_activation, 800U);
}

TEST(ChooseBatchSizeTest, FollowsTheMeasurements) {
  // ResNet50 and EfficientNet-Lite0 at 224, and Lite0 at 96: rounded figures of their graphs.
  EXPECT_EQ(ChooseBatchSize({4'000'000'000, 10'000'000, 800'000}), 4);
  EXPECT_EQ(ChooseBatchSize({390'000'000, 6'700'000, 1'204'224}), 1);
  EXPECT_EQ(ChooseBatchSize({72'000'000, 1'200'000, 221'184}), 4);
  EXPECT_EQ(ChooseBatchSize({1'000'000, 1'000'000, 100'000'000}), 1);
  EXPECT_EQ(ChooseBatchSize({}), 4);
}

}  // namespace
}  // namespace fruits
