#include "model/test_models.h"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>
#include <random>
#include <sstream>

#include "fruits/core/sha256.h"

namespace fruits::test {
namespace {

namespace fs = std::filesystem;
using ov::opset13::Constant;
using Node = ov::Output<ov::Node>;

class NetMaker {
 public:
  NetMaker(int seed, bool int8) : random_(static_cast<unsigned>(seed)), int8_(int8) {}

  Node Conv(Node input, std::size_t in, std::size_t out, std::size_t size, std::size_t stride) {
    Node weights =
        Quantized(Random({out, in, size, size}, 1.5F / static_cast<float>(size)), -1.0F, 1.0F, 255);
    const auto pad = static_cast<std::ptrdiff_t>(size / 2);
    const Node conv = std::make_shared<ov::opset13::Convolution>(
        Quantized(input, -8.0F, 8.0F, 256), weights, ov::Strides{stride, stride},
        ov::CoordinateDiff{pad, pad}, ov::CoordinateDiff{pad, pad}, ov::Strides{1, 1});
    const Node bias = std::make_shared<ov::opset13::Add>(conv, Random({1, out, 1, 1}, 0.2F));
    return std::make_shared<ov::opset13::Relu>(bias);
  }
  Node Random(const ov::Shape& shape, float spread) {
    std::uniform_real_distribution<float> value(-spread, spread);
    std::vector<float> values(ov::shape_size(shape));
    for (float& v : values) v = value(random_);
    return Constant::create(ov::element::f32, shape, values);
  }

 private:
  Node Quantized(Node value, float low, float high, std::size_t levels) {
    if (!int8_) return value;
    const auto scalar = [](float v) { return Constant::create(ov::element::f32, ov::Shape{}, {v}); };
    return std::make_shared<ov::opset13::FakeQuantize>(value, scalar(low), scalar(high), scalar(low),
                                                       scalar(high), levels);
  }

  std::mt19937 random_;
  bool int8_;
};

Node Named(Node node, const std::string& name) {
  node.get_tensor().set_names({name});
  return node;
}

void Save(const ov::OutputVector& outputs, const std::shared_ptr<ov::opset13::Parameter>& input,
          const fs::path& folder) {
  fs::create_directories(folder);
  const auto model = std::make_shared<ov::Model>(outputs, ov::ParameterVector{input}, "test");
  ov::save_model(model, folder / "model.xml", /*compress_to_fp16=*/false);
}

std::shared_ptr<ov::opset13::Parameter> Input(const ov::PartialShape& shape) {
  return std::make_shared<ov::opset13::Parameter>(ov::element::f32, shape);
}

Node Mean(const Node& map) {
  return std::make_shared<ov::opset13::ReduceMean>(
      map, Constant::create(ov::element::i64, ov::Shape{2}, {2, 3}), false);
}

// Just enough of protobuf's wire format to write an ONNX file (onnx.proto gives the field numbers).
std::string Varint(std::uint64_t value) {
  std::string text;
  for (; value > 127; value >>= 7) text += static_cast<char>((value & 127) | 128);
  return text + static_cast<char>(value);
}
std::string Number(int field, std::uint64_t value) {
  return Varint(static_cast<std::uint64_t>(field) << 3) + Varint(value);
}
std::string Bytes(int field, const std::string& value) {
  return Varint((static_cast<std::uint64_t>(field) << 3) | 2) + Varint(value.size()) + value;
}
std::string OnnxValue(const std::string& name, const std::vector<std::uint64_t>& sides) {
  std::string dims;
  for (const std::uint64_t side : sides) dims += Bytes(1, Number(1, side));
  return Bytes(1, name) + Bytes(2, Bytes(1, Number(1, 1) + Bytes(2, dims)));
}

}  // namespace

void WriteText(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string ReadText(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void WriteBundleJson(Bundle& bundle) {
  bundle.sha256.clear();
  for (const char* file : {"model.xml", "model.bin", "model.onnx"}) {
    if (const auto digest = Sha256OfFile(bundle.directory + "/" + file)) bundle.sha256[file] = ToHex(*digest);
  }
  const nlohmann::json json = {
      {"format", 1},
      {"name", bundle.name},
      {"version", bundle.version},
      {"model_file", bundle.model_file},
      {"input",
       {{"width", bundle.input_width},
        {"height", bundle.input_height},
        {"color_order", bundle.color_order == ColorOrder::kBgr ? "bgr" : "rgb"},
        {"mean", bundle.mean},
        {"scale", bundle.scale},
        {"resize_filter", ToString(bundle.resize_filter)}}},
      {"outputs",
       {{"feature_map", bundle.feature_map_output},
        {"features", bundle.features_output},
        {"logits", bundle.logits_output}}},
      {"dimension", bundle.dimension},
      {"classes", bundle.classes},
      {"precision", ToString(bundle.precision)},
      {"isa", bundle.isa},
      {"source", bundle.source},
      {"licence", bundle.licence},
      {"sha256", bundle.sha256},
  };
  WriteText(fs::path(bundle.directory) / "bundle.json", json.dump(2));
}

Bundle MakeConvBundle(const fs::path& folder, bool int8, int seed) {
  NetMaker net(seed, int8);
  const auto input = Input({-1, 3, 32, 32});
  Node x = net.Conv(input, 3, 16, 3, 2);
  x = net.Conv(x, 16, 32, 3, 2);
  x = net.Conv(x, 32, 32, 3, 1);
  const Node map = Named(net.Conv(x, 32, 24, 1, 1), "feature_map");
  const Node features = Named(Mean(map), "features");
  const Node logits =
      Named(std::make_shared<ov::opset13::MatMul>(features, net.Random({24, 5}, 1), false, false), "logits");
  Save({map, features, logits}, input, folder);
  Bundle bundle;
  bundle.name = "conv";
  bundle.version = "1";
  bundle.directory = folder.string();
  bundle.model_file = "model.xml";
  bundle.input_width = 32;
  bundle.input_height = 32;
  bundle.mean = {127, 127, 127};
  bundle.scale = {64, 64, 64};
  bundle.feature_map_output = "feature_map";
  bundle.features_output = "features";
  bundle.logits_output = "logits";
  bundle.dimension = 24;
  bundle.classes = {"a", "b", "c", "d", "e"};
  bundle.precision = int8 ? Precision::kInt8 : Precision::kF32;
  WriteBundleJson(bundle);
  return bundle;
}

Bundle MakeIdentityBundle(const fs::path& folder, ColorOrder order) {
  const auto input = Input({-1, 3, -1, -1});
  // Adding 0 keeps the output from being the parameter itself.
  const Node map = Named(
      std::make_shared<ov::opset13::Add>(input, Constant::create(ov::element::f32, ov::Shape{}, {0.0F})),
      "map");
  Save({map}, input, folder);
  Bundle bundle;
  bundle.name = "identity";
  bundle.directory = folder.string();
  bundle.model_file = "model.xml";
  bundle.input_width = 4;
  bundle.input_height = 2;
  bundle.color_order = order;
  bundle.mean = {10, 20, 30};
  bundle.scale = {1, 2, 4};
  bundle.feature_map_output = "map";
  bundle.dimension = 3;
  WriteBundleJson(bundle);
  return bundle;
}

Bundle MakeOneSizeBundle(const fs::path& folder) {
  NetMaker net(3, false);
  const auto input = Input({-1, 3, 8, 8});
  const Node flat = std::make_shared<ov::opset13::Reshape>(
      input, Constant::create(ov::element::i64, ov::Shape{2}, {-1, 192}), false);
  const Node rows =
      Named(std::make_shared<ov::opset13::MatMul>(flat, net.Random({192, 4}, 1), false, false), "rows");
  Save({rows}, input, folder);
  Bundle bundle;
  bundle.name = "one-size";
  bundle.directory = folder.string();
  bundle.model_file = "model.xml";
  bundle.input_width = 8;
  bundle.input_height = 8;
  bundle.features_output = "rows";
  bundle.dimension = 4;
  WriteBundleJson(bundle);
  return bundle;
}

std::string MakeChannelsLastModel(const fs::path& folder) {
  const auto input = Input({1, 4, 6, 3});
  const Node map = Named(
      std::make_shared<ov::opset13::Add>(input, Constant::create(ov::element::f32, ov::Shape{}, {0.0F})),
      "map");
  Save({map}, input, folder);
  return (folder / "model.xml").string();
}

std::string MakeOnnxModel(const fs::path& folder, float weight, const std::string& weights_file) {
  fs::create_directories(folder);
  const std::vector<float> weights(6, weight);
  std::string raw(reinterpret_cast<const char*>(weights.data()), weights.size() * sizeof(float));
  WriteText(folder / weights_file, raw);
  const auto entry = [](const std::string& key, const std::string& value) {
    return Bytes(13, Bytes(1, key) + Bytes(2, value));
  };
  const std::string tensor = Number(1, 2) + Number(1, 3) + Number(1, 1) + Number(1, 1) + Number(2, 1) +
                             Bytes(8, "w") + entry("location", weights_file) + entry("offset", "0") +
                             entry("length", "24") + Number(14, 1);
  const std::string node = Bytes(1, "x") + Bytes(1, "w") + Bytes(2, "y") + Bytes(4, "Conv");
  const std::string graph = Bytes(1, node) + Bytes(2, "g") + Bytes(5, tensor) +
                            Bytes(11, OnnxValue("x", {1, 3, 4, 4})) + Bytes(12, OnnxValue("y", {1, 2, 4, 4}));
  WriteText(folder / "model.onnx", Number(1, 8) + Bytes(7, graph) + Bytes(8, Bytes(1, "") + Number(2, 13)));
  return (folder / "model.onnx").string();
}

std::vector<std::uint8_t> RandomPhotos(const Bundle& bundle, std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> bytes(count * 3 * bundle.input_width * bundle.input_height);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

std::optional<Bundle> RealModel(const std::string& name) {
  const char* store = std::getenv("FRUITS_TEST_MODELS");
  if (!store || !*store) return std::nullopt;
  Result<Bundle> bundle = LoadBundle(std::string(store) + "/" + name);
  if (!bundle) return std::nullopt;
  return *bundle;
}

}  // namespace fruits::test
