#include "fruits/model/feature_extractor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <openvino/core/version.hpp>

#include "model/openvino_extractor.h"

namespace fruits {

std::optional<Pooling> ParsePooling(std::string_view name) {
  if (name == "avg") return Pooling::kAverage;
  if (name == "none") return Pooling::kNone;
  return std::nullopt;
}

std::string_view ToString(Pooling pooling) { return pooling == Pooling::kNone ? "none" : "avg"; }

bool RunsInt8Safely(const Bundle& bundle, const CpuFacts& cpu) {
  return cpu.has_vnni() || (bundle.isa == "avx2" && cpu.avx2);
}

std::string OpenVinoVersion() { return ov::get_openvino_version().buildNumber; }

Result<std::unique_ptr<FeatureExtractor>> FeatureExtractor::Create(const Bundle& bundle,
                                                                   const ExtractorOptions& options) {
  return CreateOpenVinoExtractor(bundle, options, AllowedCpu());
}

Status FeatureExtractor::Extract(std::span<const std::uint8_t> images, std::size_t count,
                                 std::span<float> features) {
  const std::size_t image_size = std::size_t{3} * input_width() * input_height();
  if (images.size() != count * image_size || features.size() != count * dimension()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} photos of {}x{} need {} bytes in and {} floats out, got {} and {}", count,
                            input_width(), input_height(), count * image_size, count * dimension(),
                            images.size(), features.size()));
  }
  std::mutex mutex;
  Status first_error;
  const std::size_t batch = static_cast<std::size_t>(batch_size());
  for (std::size_t start = 0; start < count; start += batch) {
    const int in_batch = static_cast<int>(std::min(batch, count - start));
    InferenceSlot* slot = Acquire();
    for (int i = 0; i < in_batch; ++i) {
      const auto image = images.subspan((start + i) * image_size, image_size);
      std::copy(image.begin(), image.end(), slot->Input(i).begin());
    }
    Start(slot, in_batch, [&, start, in_batch](InferenceSlot* done, Status status) {
      for (int i = 0; status && i < in_batch; ++i) {
        const auto row = done->Features(i);
        std::copy(row.begin(), row.end(), features.begin() + (start + i) * dimension());
      }
      if (!status) {
        const std::lock_guard lock(mutex);
        if (first_error) first_error = std::move(status);
      }
      Release(done);
    });
  }
  Wait();
  return first_error;
}

}  // namespace fruits
