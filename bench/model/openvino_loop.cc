#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <openvino/core/preprocess/pre_post_process.hpp>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>
#include <random>

#include "fruits/core/try.h"
#include "loops.h"

namespace fruits::bench {
namespace {

std::shared_ptr<ov::Model> FeaturesOnly(ov::Core& core, const Bundle& bundle, const LoopOptions& options) {
  const auto model = core.read_model(bundle.directory + "/" + bundle.model_file);
  const bool pooled = !bundle.features_output.empty();
  ov::Output<ov::Node> tensor =
      model->output(pooled ? bundle.features_output : bundle.feature_map_output).get_node()->input_value(0);
  if (!pooled) {
    const auto axes = ov::opset13::Constant::create(ov::element::i64, ov::Shape{2}, {2, 3});
    tensor = std::make_shared<ov::opset13::ReduceMean>(tensor, axes, false);
  }
  auto features = std::make_shared<ov::Model>(ov::OutputVector{tensor}, model->get_parameters());
  const int height = options.input_size > 0 ? options.input_size : bundle.input_height;
  const int width = options.input_size > 0 ? options.input_size : bundle.input_width;
  features->reshape(ov::PartialShape{options.batch, 3, height, width});
  return features;
}

void AddU8Input(std::shared_ptr<ov::Model>& model, const Bundle& bundle) {
  ov::preprocess::PrePostProcessor steps(model);
  steps.input().tensor().set_element_type(ov::element::u8).set_layout("NHWC");
  steps.input().model().set_layout("NCHW");
  steps.input().preprocess().convert_element_type(ov::element::f32);
  if (bundle.color_order == ColorOrder::kBgr) steps.input().preprocess().reverse_channels();
  steps.input().preprocess().mean({bundle.mean.begin(), bundle.mean.end()});
  steps.input().preprocess().scale({bundle.scale.begin(), bundle.scale.end()});
  model = steps.build();
}

// Values such as photos have: plausible activations, no denormals.
void Fill(ov::Tensor tensor) {
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): alike each run
  if (tensor.get_element_type() == ov::element::u8) {
    auto* data = tensor.data<std::uint8_t>();
    for (std::size_t i = 0; i < tensor.get_size(); ++i) data[i] = static_cast<std::uint8_t>(random());
  } else {
    auto* data = tensor.data<float>();
    for (std::size_t i = 0; i < tensor.get_size(); ++i) data[i] = static_cast<float>(random() % 256) - 128.0F;
  }
}

// Runs `total` batches; each request starts itself again from its callback.
void TimeLoop(std::vector<ov::InferRequest>& requests, int total, Speed& speed) {
  std::mutex mutex;
  std::condition_variable finished;
  std::atomic<int> to_start{total};
  int done = 0;
  for (auto& request : requests) {
    request.set_callback([&](std::exception_ptr) {
      if (to_start.fetch_sub(1) > 0) request.start_async();
      const std::lock_guard lock(mutex);
      if (++done == total) finished.notify_one();
    });
  }
  const Stopwatch watch;
  for (auto& request : requests) {
    if (to_start.fetch_sub(1) > 0) request.start_async();
  }
  {
    std::unique_lock lock(mutex);
    finished.wait(lock, [&] { return done == total; });
  }
  watch.Stop(speed);
  for (auto& request : requests) request.wait();
}

Speed Run(const Bundle& bundle, const LoopOptions& options) {
  ov::Core core;
  auto model = FeaturesOnly(core, bundle, options);
  if (!options.f32_input) AddU8Input(model, bundle);
  ov::AnyMap properties = {ov::hint::inference_precision(
                               options.precision == Precision::kBf16 ? ov::element::bf16 : ov::element::f32),
                           ov::hint::performance_mode(ov::hint::PerformanceMode::THROUGHPUT)};
  if (options.threads > 0) properties.insert(ov::inference_num_threads(options.threads));
  if (options.streams > 0) properties.insert(ov::num_streams(options.streams));
  if (!options.pinning) properties.insert(ov::hint::enable_cpu_pinning(false));
  ov::CompiledModel compiled = core.compile_model(model, "CPU", properties);
  const auto count = compiled.get_property(ov::optimal_number_of_infer_requests);
  std::vector<ov::InferRequest> requests;
  for (unsigned i = 0; i < count; ++i) {
    requests.push_back(compiled.create_infer_request());
    Fill(requests.back().get_input_tensor());
  }
  Speed speed;
  TimeLoop(requests, 2 * static_cast<int>(count), speed);  // warm up
  speed.what = "openvino";
  speed.input = options.f32_input ? "f32" : "u8";
  speed.batch = options.batch;
  speed.streams = static_cast<int>(compiled.get_property(ov::num_streams).num);
  speed.requests = static_cast<int>(count);
  const int batches = std::max(1, options.images / options.batch);
  speed.images = batches * options.batch;
  TimeLoop(requests, batches, speed);
  return speed;
}

}  // namespace

Result<Speed> RunOpenVino(const Bundle& bundle, const LoopOptions& options) {
  try {
    return Run(bundle, options);
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kInternal, error.what());
  }
}

}  // namespace fruits::bench
