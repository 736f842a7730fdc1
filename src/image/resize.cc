#include "fruits/image/resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <exception>

#include "fruits/core/try.h"
#include "image/resize_kernels.h"
#include "image/resize_table.h"

namespace fruits {
namespace {

using detail::ResizeTable;

constexpr std::array<std::pair<std::string_view, Filter>, 5> kFilterNames = {{{"nearest", Filter::kNearest},
                                                                              {"box", Filter::kBox},
                                                                              {"bilinear", Filter::kBilinear},
                                                                              {"bicubic", Filter::kBicubic},
                                                                              {"lanczos", Filter::kLanczos}}};

constexpr std::size_t kMaxCachedTableBytes = std::size_t{1} << 20;

// Pillow hands its box over as floats.
struct FloatBox {
  float left, top, right, bottom;
};

Status Check(const Image& source, const FloatBox& box, int width, int height, std::span<std::uint8_t> out) {
  if (source.width < 1 || source.height < 1) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot resize a picture of {} x {} pixels", source.width, source.height));
  }
  if (width < 1 || height < 1) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot resize to {} x {}: at least 1 x 1", width, height));
  }
  const std::size_t expected =
      std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  if (out.size() != expected) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("output of {} bytes for {} x {}: {} expected",
                                                         out.size(), width, height, expected));
  }
  if (!(box.left >= 0 && box.top >= 0 && box.right <= static_cast<float>(source.width) &&
        box.bottom <= static_cast<float>(source.height) && box.right >= box.left && box.bottom >= box.top)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("box ({}, {}, {}, {}) does not lie inside {} x {}", box.left, box.top, box.right,
                            box.bottom, source.width, source.height));
  }
  return {};
}

// A box of whole pixels of the output's size is cut out, whatever the filter.
bool IsCut(const FloatBox& box, int width, int height) {
  return box.left == std::trunc(box.left) && box.top == std::trunc(box.top) &&
         box.right - box.left == static_cast<float>(width) &&
         box.bottom - box.top == static_cast<float>(height);
}

void Cut(const Image& source, int left, int top, int width, int height, std::uint8_t* out) {
  const std::size_t row = std::size_t{3} * static_cast<std::size_t>(width);
  for (int y = 0; y < height; ++y) {
    const std::size_t from = static_cast<std::size_t>(top + y) * static_cast<std::size_t>(source.width) +
                             static_cast<std::size_t>(left);
    std::memcpy(out + static_cast<std::size_t>(y) * row, source.rgb.data() + 3 * from, row);
  }
}

// The input pixel of each output pixel, -1 outside; the sum is carried on from pixel to pixel as Pillow does
// it.
std::vector<int> NearestPixels(float in0, float in1, int in_size, int out_size) {
  const double scale = static_cast<double>(in1 - in0) / out_size;
  double at = in0 + scale * 0.5;
  std::vector<int> pixels(static_cast<std::size_t>(out_size));
  for (int& pixel : pixels) {
    const int i = at < 0.0 ? -1 : static_cast<int>(at);
    pixel = i < in_size ? i : -1;
    at += scale;
  }
  return pixels;
}

void ResizeNearest(const Image& source, const FloatBox& box, int width, int height, std::uint8_t* out) {
  const auto columns = NearestPixels(box.left, box.right, source.width, width);
  const auto rows = NearestPixels(box.top, box.bottom, source.height, height);
  for (const int y : rows) {
    for (const int x : columns) {
      if (x < 0 || y < 0) {
        std::memset(out, 0, 3);
      } else {
        const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(source.width) +
                               static_cast<std::size_t>(x);
        std::memcpy(out, source.rgb.data() + 3 * at, 3);
      }
      out += 3;
    }
  }
}

}  // namespace

std::optional<Filter> ParseFilter(std::string_view name) {
  for (const auto& [known, filter] : kFilterNames) {
    if (known == name) return filter;
  }
  return std::nullopt;
}

std::string_view ToString(Filter filter) {
  for (const auto& [name, known] : kFilterNames) {
    if (known == filter) return name;
  }
  return "unknown";
}

struct Resizer::Impl {
  struct CachedTable {
    int in_size = 0, out_size = 0;
    float in0 = 0, in1 = 0;
    Filter filter = Filter::kBicubic;
    ResizeTable table;
  };

  // Stays valid while one picture is resized.
  Result<const ResizeTable*> Table(int in_size, float in0, float in1, int out_size, Filter filter);
  Status Run(const Image& source, const FloatBox& box, Filter filter, int width, int height,
             std::uint8_t* out);
  void DropLargeTables();
  Status HorizontalFirst(const Image& source, const ResizeTable& columns, const ResizeTable& rows,
                         bool vertical, std::uint8_t* out);
  void Horizontal(const std::uint8_t* data, int width, int rows, const std::uint8_t* end,
                  const ResizeTable& table, std::uint8_t* out) {
    detail::HorizontalPass({data, std::size_t{3} * static_cast<std::size_t>(width), rows, width, end}, table,
                           blocks, out);
  }

  std::array<std::unique_ptr<CachedTable>, 8> tables;
  std::vector<std::int16_t> blocks;        // of the horizontal pass
  std::vector<std::uint8_t> intermediate;  // between the passes
};

// The most recently used table stands first, so asking for one of a picture's two never throws out the other.
Result<const ResizeTable*> Resizer::Impl::Table(int in_size, float in0, float in1, int out_size,
                                                Filter filter) {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const auto& cached) {
    return cached && cached->in_size == in_size && cached->out_size == out_size && cached->in0 == in0 &&
           cached->in1 == in1 && cached->filter == filter;
  });
  if (found != tables.end()) {
    std::rotate(tables.begin(), found, found + 1);
  } else {
    FRUITS_TRY(ResizeTable table, detail::MakeResizeTable(in_size, in0, in1, out_size, filter));
    std::rotate(tables.begin(), tables.end() - 1, tables.end());
    tables.front() =
        std::make_unique<CachedTable>(CachedTable{in_size, out_size, in0, in1, filter, std::move(table)});
  }
  return &tables.front()->table;
}

// A table of an unusual picture is not kept.
void Resizer::Impl::DropLargeTables() {
  for (auto& cached : tables) {
    if (cached && cached->table.memory_bytes() > kMaxCachedTableBytes) cached.reset();
  }
}

// Only the source rows that the vertical pass needs go through the horizontal one.
Status Resizer::Impl::HorizontalFirst(const Image& source, const ResizeTable& columns,
                                      const ResizeTable& rows, bool vertical, std::uint8_t* out) {
  const int first = rows.first(), count = rows.last() - first;
  const std::size_t in_row = std::size_t{3} * static_cast<std::size_t>(source.width);
  const std::size_t out_row = std::size_t{3} * columns.spans.size();
  const std::uint8_t* end = source.rgb.data() + source.rgb.size();
  const std::uint8_t* data = source.rgb.data() + static_cast<std::size_t>(first) * in_row;
  if (!vertical) {
    Horizontal(data, source.width, count, end, columns, out);
    return {};
  }
  intermediate.resize(out_row * static_cast<std::size_t>(std::max(count, 0)));
  if (count > 0) Horizontal(data, source.width, count, end, columns, intermediate.data());
  detail::VerticalPass(intermediate.data(), first, out_row, rows, out);
  return {};
}

Status Resizer::Impl::Run(const Image& source, const FloatBox& box, Filter filter, int width, int height,
                          std::uint8_t* out) {
  // The two conditions and the order of the passes are Pillow 13's (ImagingResampleInner in Resample.c).
  const bool horizontal = width != source.width || box.left != 0 || box.right != static_cast<float>(width);
  const bool vertical = height != source.height || box.top != 0 || box.bottom != static_cast<float>(height);
  const std::int64_t less_rows = std::int64_t{source.height} - height;
  const std::int64_t less_columns = std::int64_t{source.width} - width;
  const bool vertical_first = less_rows > 0 && less_rows > less_columns * 2;

  FRUITS_TRY(const ResizeTable* rows, Table(source.height, box.top, box.bottom, height, filter));
  if (!horizontal) {
    detail::VerticalPass(source.rgb.data(), 0, std::size_t{3} * static_cast<std::size_t>(width), *rows, out);
    return {};
  }
  FRUITS_TRY(const ResizeTable* columns, Table(source.width, box.left, box.right, width, filter));
  if (!vertical_first || !vertical) return HorizontalFirst(source, *columns, *rows, vertical, out);
  const std::size_t in_row = std::size_t{3} * static_cast<std::size_t>(source.width);
  intermediate.resize(in_row * static_cast<std::size_t>(height));
  detail::VerticalPass(source.rgb.data(), 0, in_row, *rows, intermediate.data());
  Horizontal(intermediate.data(), source.width, height, intermediate.data() + intermediate.size(), *columns,
             out);
  return {};
}

Resizer::Resizer() : impl_(std::make_unique<Impl>()) {}
Resizer::~Resizer() = default;
Resizer::Resizer(Resizer&&) noexcept = default;
Resizer& Resizer::operator=(Resizer&&) noexcept = default;

Status Resizer::Resize(const Image& source, Filter filter, int width, int height,
                       std::span<std::uint8_t> out) {
  const ResizeBox whole{0, 0, static_cast<double>(source.width), static_cast<double>(source.height)};
  return Resize(source, whole, filter, width, height, out);
}

Status Resizer::Resize(const Image& source, const ResizeBox& box, Filter filter, int width, int height,
                       std::span<std::uint8_t> out) {
  const FloatBox exact{static_cast<float>(box.left), static_cast<float>(box.top),
                       static_cast<float>(box.right), static_cast<float>(box.bottom)};
  FRUITS_CHECK(Check(source, exact, width, height, out));
  if (IsCut(exact, width, height)) {
    Cut(source, static_cast<int>(exact.left), static_cast<int>(exact.top), width, height, out.data());
    return {};
  }
  if (filter == Filter::kNearest) {
    ResizeNearest(source, exact, width, height, out.data());
    return {};
  }
  try {
    const Status done = impl_->Run(source, exact, filter, width, height, out.data());
    impl_->DropLargeTables();
    return done;
  } catch (const std::exception&) {  // only memory can fail so here
    return Fail(ErrorCode::kResourceExhausted, fmt::format("not enough memory to resize {} x {} to {} x {}",
                                                           source.width, source.height, width, height));
  }
}

}  // namespace fruits
