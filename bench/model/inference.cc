// Images/s of OpenVINO alone and of FeatureExtractor on prefilled input, one JSON object a line.
//
//   fruits_bench_inference --model ~/.cache/fruits/models/resnet50 --images 400
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "fruits/core/try.h"
#include "fruits/model/cpu_guard.h"
#include "loops.h"

namespace {

using fruits::bench::LoopOptions;
using fruits::bench::Speed;

struct Arguments {
  std::string model;
  std::string mode = "both";
  std::string precision = "f32";
  std::string input = "both";
  std::vector<int> batches = {1, 4, 8, 16, 32};
  int search_images = 64;  // a whole number of each of these batches
  std::string cache_directory;
  int extractor_batch = 0;
  int rounds = 1;
  LoopOptions loop;
};

void Print(const Speed& speed, const std::string& model) {
  nlohmann::ordered_json line;
  line["what"] = speed.what;
  line["model"] = model;
  line["input"] = speed.input;
  line["batch"] = speed.batch;
  if (speed.streams > 0) line["streams"] = speed.streams;
  line["requests"] = speed.requests;
  line["images"] = speed.images;
  line["seconds"] = speed.seconds;
  line["cpu_ms_per_image"] = 1000 * speed.cpu_seconds / speed.images;
  line["images_per_second"] = speed.ImagesPerSecond();
  if (speed.create_seconds > 0) {
    line["create_seconds"] = speed.create_seconds;
    line["first_seconds"] = speed.first_seconds;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    line["peak_rss_mb"] = usage.ru_maxrss / 1024;
  }
  std::cout << line.dump() << std::endl;
}

// OpenVINO with each batch and kind of input, `images` in each loop; the options of the fastest one.
fruits::Result<LoopOptions> EachOfOpenVino(const fruits::Bundle& bundle, const Arguments& arguments,
                                           int images) {
  LoopOptions best;
  double best_rate = 0;
  for (const int batch : arguments.batches) {
    for (const bool f32_input : {false, true}) {
      if (arguments.input == (f32_input ? "u8" : "f32")) continue;
      LoopOptions options = arguments.loop;
      options.batch = batch;
      options.images = images;
      options.f32_input = f32_input;
      const fruits::Result<Speed> speed = fruits::bench::RunOpenVino(bundle, options);
      if (!speed) return std::unexpected(speed.error());
      Print(*speed, bundle.name);
      if (speed->ImagesPerSecond() <= best_rate) continue;
      best_rate = speed->ImagesPerSecond();
      best = options;
    }
  }
  return best;
}

// Short loops choose the batch and the kind of input, then these are measured in a loop of their own: the
// fastest of several measured loops would be the luckiest one.
fruits::Result<Speed> BestOfOpenVino(const fruits::Bundle& bundle, const Arguments& arguments) {
  FRUITS_TRY(LoopOptions chosen, EachOfOpenVino(bundle, arguments, arguments.search_images));
  chosen.images = arguments.loop.images;
  FRUITS_TRY(Speed best, fruits::bench::RunOpenVino(bundle, chosen));
  best.what = "openvino best";
  Print(best, bundle.name);
  return best;
}

fruits::Status Run(const Arguments& arguments) {
  const auto bundle = fruits::LoadBundle(arguments.model);
  if (!bundle) return std::unexpected(bundle.error());
  if (auto guarded = fruits::GuardCpu(); !guarded) return guarded;
  double reference = 0;
  for (int round = 0; round < arguments.rounds; ++round) {
    if (arguments.mode == "each") {
      const auto each = EachOfOpenVino(*bundle, arguments, arguments.loop.images);
      if (!each) return std::unexpected(each.error());
      continue;
    }
    if (arguments.mode != "extractor") {
      const auto best = BestOfOpenVino(*bundle, arguments);
      if (!best) return std::unexpected(best.error());
      reference = best->ImagesPerSecond();
    }
    if (arguments.mode == "openvino") continue;
    fruits::ExtractorOptions options;
    options.precision = arguments.loop.precision;
    options.force = true;  // speed is asked here, not whether sums saturate
    options.batch_size = arguments.extractor_batch;
    options.input_size = arguments.loop.input_size;
    options.threads = arguments.loop.threads;
    options.cache_directory = arguments.cache_directory;
    const auto speed = fruits::bench::RunExtractor(*bundle, options, arguments.loop.images);
    if (!speed) return std::unexpected(speed.error());
    Print(*speed, bundle->name);
    if (reference > 0) {
      std::cout << nlohmann::json{{"extractor_of_openvino", speed->ImagesPerSecond() / reference}}.dump()
                << std::endl;
    }
  }
  return {};
}

int Main(int argc, char** argv) {
  CLI::App app("Images/s of OpenVINO alone and of FeatureExtractor, on prefilled input");
  Arguments arguments;
  app.add_option("--model", arguments.model, "Folder of a model bundle, STORE/NAME")->required();
  app.add_option("--mode", arguments.mode,
                 "openvino: its best batch and input; each: all of them; extractor: FeatureExtractor; "
                 "both: openvino and extractor")
      ->check(CLI::IsMember({"both", "openvino", "each", "extractor"}));
  app.add_option("--precision", arguments.precision)->check(CLI::IsMember({"f32", "bf16", "int8"}));
  app.add_option("--input", arguments.input, "of the OpenVINO loop")
      ->check(CLI::IsMember({"both", "u8", "f32"}));
  app.add_option("--batch", arguments.batches, "of the OpenVINO loop; the best counts");
  app.add_option("--extractor-batch", arguments.extractor_batch, "0: what FeatureExtractor chooses");
  app.add_option("--images", arguments.loop.images, "for each measurement")->check(CLI::PositiveNumber);
  app.add_option("--search-images", arguments.search_images,
                 "of the short loops that choose OpenVINO's batch")
      ->check(CLI::PositiveNumber);
  app.add_option("--input-size", arguments.loop.input_size);
  app.add_option("--threads", arguments.loop.threads);
  app.add_option("--streams", arguments.loop.streams, "of the OpenVINO loop; 0: the throughput hint's");
  app.add_option("--pinning", arguments.loop.pinning, "of the OpenVINO loop");
  app.add_option("--cache", arguments.cache_directory, "of FeatureExtractor");
  app.add_option("--rounds", arguments.rounds);
  CLI11_PARSE(app, argc, argv);
  using fruits::Precision;
  arguments.loop.precision = arguments.precision == "int8"   ? Precision::kInt8
                             : arguments.precision == "bf16" ? Precision::kBf16
                                                             : Precision::kF32;
  const fruits::Status status = Run(arguments);
  if (!status) {
    std::cerr << status.error().message() << "\n";
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
