#include "model/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <openvino/core/version.hpp>
#include <openvino/runtime/properties.hpp>

#include "fruits/core/cpu_share.h"
#include "fruits/core/sha256.h"
#include "fruits/core/try.h"
#include "model/compiled_cache.h"
#include "model/cpu_environment.h"
#include "model/feature_graph.h"
#include "model/graph_work.h"
#include "model/openvino_error.h"

namespace fruits {
namespace {

// Raise it when the graph around the model changes, so that older compiled files are left alone.
constexpr int kGraphVersion = 2;

ov::element::Type InferenceType(Precision precision) {
  // The layers of an int8 model that are not quantized run in f32.
  return precision == Precision::kBf16 ? ov::element::bf16 : ov::element::f32;
}

ov::AnyMap Properties(Precision precision, int threads) {
  return {
      ov::hint::inference_precision(InferenceType(precision)),
      ov::hint::performance_mode(ov::hint::PerformanceMode::THROUGHPUT),
      // The hint picks the streams: one a core on small machines, fewer where many would fill the memory.
      ov::inference_num_threads(threads),
      // Decoding shares the cores, and so may other processes: the scheduler knows better.
      ov::hint::enable_cpu_pinning(false),
  };
}

// What the options leave of the batch that the graph asks for.
int MostPhotosARequest(const ExtractorOptions& options) {
  return options.batch_size > 0 ? std::min(options.batch_size, kLargestBatch) : kLargestBatch;
}

std::string CacheKey(const Bundle& bundle, const ExtractorOptions& options, const CpuFacts& cpu,
                     int threads) {
  const std::string text = fmt::format(
      "{}\n{}\n{}\n{} {} {} {} {}\n{}\n{}\n{}\n", kGraphVersion, ov::get_openvino_version().buildNumber,
      ModelHash(bundle), ToString(options.precision), ToString(options.pooling), options.input_size,
      MostPhotosARequest(options), threads, cpu.brand, IsaName(cpu), MaxCpuIsaVariable());
  return ToHex(Sha256Of(text));
}

Result<CompiledFeatures> Describe(ov::CompiledModel compiled, const ExtractorOptions& options) {
  CompiledFeatures features;
  const ov::Shape input = compiled.input().get_shape();
  const ov::Shape output = compiled.output().get_shape();
  features.batch = static_cast<int>(input.at(0));
  features.height = static_cast<int>(input.at(1));
  features.width = static_cast<int>(input.at(2));
  features.dimension = output.at(1);
  features.requests = static_cast<int>(compiled.get_property(ov::optimal_number_of_infer_requests));
  const ov::element::Type used = compiled.get_property(ov::hint::inference_precision);
  if (used != InferenceType(options.precision)) {
    return Fail(ErrorCode::kFailedPrecondition, fmt::format("precision {}: this CPU would compute in {}",
                                                            ToString(options.precision), used.to_string()));
  }
  features.model = std::move(compiled);
  return features;
}

}  // namespace

Result<CompiledFeatures> CompileFeatures(ov::Core& core, const Bundle& bundle,
                                         const ExtractorOptions& options, const CpuFacts& cpu,
                                         const std::function<bool()>& is_intact) {
  const int threads = options.threads > 0 ? options.threads : UsableCpus();
  const ov::AnyMap properties = Properties(options.precision, threads);
  const CompiledCache cache(options.cache_directory);
  const std::string key = CacheKey(bundle, options, cpu, threads);
  std::optional<ov::CompiledModel> compiled = cache.Load(core, properties, key);
  if (!compiled) {
    FRUITS_TRY(FeatureGraph graph, FeatureGraph::Read(bundle, options.pooling));
    const int width = options.input_size > 0 ? options.input_size : bundle.input_width;
    const int height = options.input_size > 0 ? options.input_size : bundle.input_height;
    FRUITS_TRY(const GraphWork work, graph.Work(width, height));
    const int batch = std::min(ChooseBatchSize(work), MostPhotosARequest(options));
    FRUITS_TRY(const std::shared_ptr<ov::Model> model, graph.Prepare(width, height, batch));
    FRUITS_TRY(compiled,
               CatchOpenVino(ErrorCode::kInternal, fmt::format("while compiling model '{}'", bundle.name),
                             [&] { return cache.Compile(core, model, properties, key, is_intact); }));
  }
  FRUITS_TRY(auto described, CatchOpenVino(ErrorCode::kInternal, "while reading the compiled model's shapes",
                                           [&] { return Describe(std::move(*compiled), options); }));
  return described;
}

}  // namespace fruits
