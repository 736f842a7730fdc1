#include "image/resize_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fruits/core/try.h"

namespace fruits::detail {
namespace {

constexpr double kMaxTableBytes = 256.0 * 1024 * 1024;

double Sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double Weight(Filter filter, double x) {
  switch (filter) {
    case Filter::kNearest:  // has no weights
    case Filter::kBox:
      return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
    case Filter::kBilinear:
      x = std::abs(x);
      return x < 1.0 ? 1.0 - x : 0.0;
    case Filter::kBicubic:  // Keys 1981 with a = -0.5; the order of operations decides the last bit
      x = std::abs(x);
      if (x < 1.0) return ((-0.5 + 2.0) * x - (-0.5 + 3.0)) * x * x + 1;
      return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0.0;
    case Filter::kLanczos:
      return -3.0 <= x && x < 3.0 ? Sinc(x) * Sinc(x / 3) : 0.0;
  }
  return 0.0;
}

double Support(Filter filter) {
  switch (filter) {
    case Filter::kNearest:
    case Filter::kBox:
      return 0.5;
    case Filter::kBilinear:
      return 1.0;
    case Filter::kBicubic:
      return 2.0;
    case Filter::kLanczos:
      return 3.0;
  }
  return 0.0;
}

// Pillow's rounding of bounds: half up where positive, as it adds 0.5 and cuts off the fraction.
int CutOff(double value) { return static_cast<int>(value); }

std::int32_t RoundWeight(double weight) {
  return static_cast<std::int32_t>((weight < 0 ? -0.5 : 0.5) + weight * (1 << kWeightBits));
}

WeightPair Pack(std::int32_t a, std::int32_t b) {
  constexpr std::int32_t kLowMask = (1 << kWeightLowBits) - 1;
  const auto join = [](std::int32_t first, std::int32_t second) {
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(second) << 16) |
                                     (static_cast<std::uint32_t>(first) & 0xFFFFu));
  };
  return {join(a & kLowMask, b & kLowMask), join(a >> kWeightLowBits, b >> kWeightLowBits)};
}

}  // namespace

Result<ResizeTable> MakeResizeTable(int in_size, float in0, float in1, int out_size, Filter filter) {
  // The difference is taken in float and everything after it in double, as in Pillow.
  const double scale = static_cast<double>(in1 - in0) / out_size;
  const double filter_scale = std::max(scale, 1.0);
  const double support = Support(filter) * filter_scale;
  const double inverse_scale = 1.0 / filter_scale;

  const double weights_each = std::min(2.0 * support + 2.0, static_cast<double>(in_size));
  if (out_size * (weights_each * 4 + sizeof(ResizeSpan)) > kMaxTableBytes) {
    return Fail(
        ErrorCode::kResourceExhausted,
        fmt::format("resizing {} pixels to {} needs more than 256 MiB of filter weights", in_size, out_size));
  }

  ResizeTable table;
  table.spans.resize(static_cast<std::size_t>(out_size));
  std::vector<double> weights;
  for (int x = 0; x < out_size; ++x) {
    const double center = in0 + (x + 0.5) * scale;
    const int first = std::max(CutOff(center - support + 0.5), 0);
    const int count = std::max(std::min(CutOff(center + support + 0.5), in_size) - first, 0);
    weights.assign(static_cast<std::size_t>(count), 0.0);
    double sum = 0.0;
    for (int i = 0; i < count; ++i) {
      weights[i] = Weight(filter, (i + first - center + 0.5) * inverse_scale);
      sum += weights[i];
    }
    if (sum != 0.0) {
      for (double& weight : weights) weight /= sum;
    }
    ResizeSpan& span = table.spans[static_cast<std::size_t>(x)];
    span = {first, count, static_cast<std::uint32_t>(table.pairs.size())};
    for (int i = 0; i < count; i += 2) {
      table.pairs.push_back(Pack(RoundWeight(weights[i]), i + 1 < count ? RoundWeight(weights[i + 1]) : 0));
    }
  }
  return table;
}

}  // namespace fruits::detail
