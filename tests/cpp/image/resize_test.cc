#include "fruits/image/resize.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "image/made_images.h"
#include "image/resize_kernels.h"

namespace fruits {
namespace {

using test::NoiseImage;

constexpr Filter kFilters[] = {Filter::kNearest, Filter::kBox, Filter::kBilinear, Filter::kBicubic,
                               Filter::kLanczos};

// The definition of one axis, written down once more and as plainly as possible.
struct Axis {
  struct Span {
    int first = 0;
    std::vector<int> weights;
  };
  std::vector<Span> spans;

  Axis(int in_size, double in0, double in1, int out_size, Filter filter) {
    const auto sinc = [](double x) {
      return x == 0 ? 1.0 : std::sin(x * std::numbers::pi) / (x * std::numbers::pi);
    };
    const auto weight = [&](double x) {
      const double a = std::fabs(x);
      switch (filter) {
        case Filter::kBox:
          return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
        case Filter::kBilinear:
          return a < 1 ? 1 - a : 0.0;
        case Filter::kBicubic:
          return a < 1 ? (1.5 * a - 2.5) * a * a + 1 : a < 2 ? (((a - 5) * a + 8) * a - 4) * -0.5 : 0.0;
        default:
          return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0.0;
      }
    };
    const double radius = filter == Filter::kBox        ? 0.5
                          : filter == Filter::kBilinear ? 1
                          : filter == Filter::kBicubic  ? 2
                                                        : 3;
    const double scale = (in1 - in0) / out_size, wide = std::max(scale, 1.0), support = radius * wide;
    for (int x = 0; x < out_size; ++x) {
      const double center = in0 + (x + 0.5) * scale;
      Span span;
      span.first = std::max(0, static_cast<int>(center - support + 0.5));
      const int last = std::min(in_size, static_cast<int>(center + support + 0.5));
      std::vector<double> exact;
      double sum = 0;
      for (int i = span.first; i < last; ++i)
        sum += exact.emplace_back(weight((i - center + 0.5) * (1.0 / wide)));
      for (const double w : exact) {
        const double part = (sum != 0 ? w / sum : w) * (1 << 22);
        span.weights.push_back(static_cast<int>(part < 0 ? part - 0.5 : part + 0.5));
      }
      spans.push_back(span);
    }
  }
};

std::uint8_t Clip(std::int64_t sum) {
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>((sum + (1 << 21)) >> 22, 0, 255));
}

Image Horizontal(const Image& in, const Axis& axis) {
  Image out;
  out.Resize(static_cast<int>(axis.spans.size()), in.height);
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        std::int64_t sum = 0;
        const auto& span = axis.spans[static_cast<std::size_t>(x)];
        for (std::size_t i = 0; i < span.weights.size(); ++i) {
          const auto at = static_cast<std::size_t>(y * in.width + span.first) + i;
          sum += std::int64_t{span.weights[i]} * in.rgb[3 * at + static_cast<std::size_t>(c)];
        }
        out.rgb[static_cast<std::size_t>(3 * (y * out.width + x) + c)] = Clip(sum);
      }
    }
  }
  return out;
}

Image Transposed(const Image& in) {
  Image out;
  out.Resize(in.height, in.width);
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < in.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        out.rgb[static_cast<std::size_t>(3 * (x * in.height + y) + c)] =
            in.rgb[static_cast<std::size_t>(3 * (y * in.width + x) + c)];
      }
    }
  }
  return out;
}

Image Expected(const Image& in, const ResizeBox& box, Filter filter, int width, int height) {
  const Axis columns(in.width, box.left, box.right, width, filter),
      rows(in.height, box.top, box.bottom, height, filter);
  const bool needs_columns = width != in.width || box.left != 0 || box.right != width;
  const bool needs_rows = height != in.height || box.top != 0 || box.bottom != height;
  const int less_rows = in.height - height, less_columns = in.width - width;
  const bool rows_first = less_rows > 0 && less_rows > 2 * less_columns;
  Image out = in;
  if (rows_first && needs_rows) out = Transposed(Horizontal(Transposed(out), rows));
  if (needs_columns) out = Horizontal(out, columns);
  if (!rows_first && needs_rows) out = Transposed(Horizontal(Transposed(out), rows));
  return out;
}

std::vector<std::uint8_t> Resized(Resizer& resizer, const Image& in, const ResizeBox& box, Filter filter,
                                  int width, int height) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(3 * width * height), 0xAA);
  const Status done = resizer.Resize(in, box, filter, width, height, out);
  EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message());
  return out;
}

// One test for each instruction set that this machine has.
class ResizeOnTarget : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { Use(GetParam()); }
  void TearDown() override { Use(0); }
  static void Use(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

TEST_P(ResizeOnTarget, IsTheTargetThatRuns) {
  EXPECT_STREQ(detail::ResizeTarget(), hwy::TargetName(GetParam()));
}

TEST_P(ResizeOnTarget, AgreesWithTheDefinition) {
  const int sizes[][4] = {{100, 100, 224, 224}, {1, 1, 5, 3},     {3, 200, 2, 7},  {200, 3, 7, 90},
                          {37, 41, 37, 20},     {37, 41, 20, 41}, {64, 5, 130, 5}, {130, 99, 17, 9},
                          {9, 300, 30, 20},     {2, 2, 224, 1}};
  Resizer resizer;
  unsigned seed = 1;
  for (const auto& size : sizes) {
    const Image in = NoiseImage(size[0], size[1], seed++);
    const ResizeBox whole{0, 0, static_cast<double>(in.width), static_cast<double>(in.height)};
    for (const Filter filter : kFilters) {
      if (filter == Filter::kNearest) continue;
      EXPECT_EQ(Resized(resizer, in, whole, filter, size[2], size[3]),
                Expected(in, whole, filter, size[2], size[3]).rgb)
          << in.width << "x" << in.height << " to " << size[2] << "x" << size[3] << " " << ToString(filter);
    }
  }
}

TEST_P(ResizeOnTarget, AgreesWithTheDefinitionOnABox) {
  Resizer resizer;
  const Image in = NoiseImage(60, 50);
  for (const ResizeBox& box : {ResizeBox{10.5, 3.25, 40.75, 50}, ResizeBox{0, 7, 60, 19},
                               ResizeBox{59, 49, 60, 50}, ResizeBox{20, 0, 20.5, 50}}) {
    for (const Filter filter : {Filter::kBox, Filter::kBicubic, Filter::kLanczos}) {
      EXPECT_EQ(Resized(resizer, in, box, filter, 33, 21), Expected(in, box, filter, 33, 21).rgb);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ResizeOnTarget, testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return std::string(hwy::TargetName(target.param)); });

TEST(Resize, TheSameSizeIsACopy) {
  Resizer resizer;
  const Image in = NoiseImage(13, 7);
  for (const Filter filter : kFilters) EXPECT_EQ(Resized(resizer, in, {0, 0, 13, 7}, filter, 13, 7), in.rgb);
}

TEST(Resize, NearestTakesTheMiddle) {
  Image in;
  in.Resize(4, 1);
  for (int i = 0; i < 12; ++i) in.rgb[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
  Resizer resizer;
  EXPECT_EQ(Resized(resizer, in, {0, 0, 4, 1}, Filter::kNearest, 2, 1),
            (std::vector<std::uint8_t>{3, 4, 5, 9, 10, 11}));
}

TEST(Resize, ManySizesInTurnUseTheRightTables) {
  Resizer resizer;
  for (int round = 0; round < 2; ++round) {
    for (int size = 20; size < 32; ++size) {
      const Image in = NoiseImage(size, 64 - size, static_cast<unsigned>(size));
      const ResizeBox whole{0, 0, static_cast<double>(in.width), static_cast<double>(in.height)};
      EXPECT_EQ(Resized(resizer, in, whole, Filter::kBicubic, 24, 24),
                Expected(in, whole, Filter::kBicubic, 24, 24).rgb);
    }
  }
}

TEST(Resize, RefusesWhatCannotBe) {
  Resizer resizer;
  const Image in = NoiseImage(4, 4);
  std::vector<std::uint8_t> out(12);
  const auto code = [](const Status& status) {
    return status ? ErrorCode::kInternal : status.error().code();
  };
  EXPECT_EQ(code(resizer.Resize(Image{}, Filter::kBox, 2, 2, out)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(resizer.Resize(in, Filter::kBox, 0, 2, out)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(resizer.Resize(in, Filter::kBox, 2, 3, out)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(resizer.Resize(in, {-1, 0, 4, 4}, Filter::kBox, 2, 2, out)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(resizer.Resize(in, {0, 0, 4.5, 4}, Filter::kBox, 2, 2, out)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(resizer.Resize(in, {3, 0, 2, 4}, Filter::kBox, 2, 2, out)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(resizer.Resize(in, {NAN, 0, 2, 4}, Filter::kBox, 2, 2, out)), ErrorCode::kInvalidArgument);
}

TEST(Resize, RefusesTablesWithoutBound) {
  EXPECT_EQ(detail::MakeResizeTable(100'000'000, 0, 100'000'000, 1, Filter::kLanczos).error().code(),
            ErrorCode::kResourceExhausted);
}

TEST(Filter, NamesAreReadBack) {
  for (const Filter filter : kFilters) EXPECT_EQ(ParseFilter(ToString(filter)), filter);
  EXPECT_EQ(ParseFilter("cubic"), std::nullopt);
}

}  // namespace
}  // namespace fruits
