#include "image/resize_kernels.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "image/resize_plain.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/resize_kernels.cc"  // this file, once for each target
#include <hwy/foreach_target.h>                       // NOLINT: must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fruits::detail::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void HorizontalPass(const SourceRows& source, const ResizeTable& table, std::vector<std::int16_t>&,
                    std::uint8_t* out) {
  PlainHorizontalPass(source, table, out);
}

void VerticalPass(const std::uint8_t* source, int first_row, std::size_t row_bytes, const ResizeTable& table,
                  std::uint8_t* out) {
  for (std::size_t y = 0; y < table.spans.size(); ++y, out += row_bytes) {
    const auto from = static_cast<std::size_t>(table.spans[y].first - first_row);
    PlainVerticalRow(source + from * row_bytes, row_bytes, table, y, out);
  }
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using D32 = hn::ScalableTag<std::int32_t>;
using D16 = hn::ScalableTag<std::int16_t>;
using D8 = hn::ScalableTag<std::uint8_t>;
using V32 = hn::Vec<D32>;
using V16 = hn::Vec<D16>;

constexpr std::size_t kAlignment = HWY_MAX_BYTES;
constexpr std::int32_t kRound = 1 << (kWeightBits - 1);

// The exact sum of weight * pixel over pairs of pixels, modulo 2^32, as two sums for the halves of the
// weights.
struct Sum {
  V32 low0, low1, high0, high1;

  HWY_INLINE void Add(V16 pixels, V16 low, V16 high) {
    low0 = hn::ReorderWidenMulAccumulate(D32(), pixels, low, low0, low1);
    high0 = hn::ReorderWidenMulAccumulate(D32(), pixels, high, high0, high1);
  }
  // Rounded to whole numbers, not yet clipped to a byte.
  HWY_INLINE V32 Rounded() const {
    const V32 low = hn::RearrangeToOddPlusEven(low0, low1);
    const V32 high = hn::RearrangeToOddPlusEven(high0, high1);
    return hn::ShiftRight<kWeightBits>(hn::Add(hn::ShiftLeft<kWeightLowBits>(high), low));
  }
};

// Not a constructor: g++ would compile that without the target's instructions.
HWY_INLINE Sum NewSum() {
  const V32 zero = hn::Zero(D32());
  return {hn::Set(D32(), kRound), zero, zero, zero};
}

HWY_INLINE V16 Broadcast(std::int32_t pair) { return hn::BitCast(D16(), hn::Set(D32(), pair)); }

// ---- horizontal ----
//
// A vector holds one 128-bit block for each of several rows. First every pixel i of these rows becomes the
// block r[i] r[i+1] g[i] g[i+1] b[i] b[i+1] 0 0 (16 bits each); then an output pixel is a few multiply-adds
// of such vectors.

constexpr std::size_t kRowsAtOnce = HWY_MAX_BYTES / 16;

// Spreads pixels [first, first + count) of one row to every `step`-th block of `blocks`.
HWY_INLINE void SpreadRow(const std::uint8_t* row, const std::uint8_t* end, int first, int count,
                          std::size_t step, std::int16_t* blocks) {
  const hn::FixedTag<std::uint8_t, 16> d;
  alignas(16) static constexpr std::uint8_t kPick[4][16] = {
      {0, 128, 3, 128, 1, 128, 4, 128, 2, 128, 5, 128, 128, 128, 128, 128},
      {3, 128, 6, 128, 4, 128, 7, 128, 5, 128, 8, 128, 128, 128, 128, 128},
      {6, 128, 9, 128, 7, 128, 10, 128, 8, 128, 11, 128, 128, 128, 128, 128},
      {9, 128, 12, 128, 10, 128, 13, 128, 11, 128, 14, 128, 128, 128, 128, 128}};
  const auto pick0 = hn::Load(d, kPick[0]), pick1 = hn::Load(d, kPick[1]);
  const auto pick2 = hn::Load(d, kPick[2]), pick3 = hn::Load(d, kPick[3]);
  const std::uint8_t* in = row + std::ptrdiff_t{3} * first;
  const auto store = [&](auto block, int i) HWY_ATTR {
    hn::Store(block, d, reinterpret_cast<std::uint8_t*>(blocks + static_cast<std::size_t>(i) * step * 8));
  };
  int i = 0;
  for (; i + 4 <= count && end - in >= 16; i += 4, in += 12) {
    const auto pixels = hn::LoadU(d, in);
    store(hn::TableLookupBytesOr0(pixels, pick0), i);
    store(hn::TableLookupBytesOr0(pixels, pick1), i + 1);
    store(hn::TableLookupBytesOr0(pixels, pick2), i + 2);
    store(hn::TableLookupBytesOr0(pixels, pick3), i + 3);
  }
  for (; i < count; ++i, in += 3) {
    alignas(16) std::uint8_t bytes[16] = {};
    std::memcpy(bytes, in, static_cast<std::size_t>(std::min<std::ptrdiff_t>(end - in, 6)));
    store(hn::TableLookupBytesOr0(hn::Load(d, bytes), pick0), i);
  }
}

// Input pixels from `first` on, spread out, and the weights of the axis.
struct Strip {
  const std::int16_t* blocks;
  int first;
  const WeightPair* pairs;
};

// One output pixel of all rows: in each block r g b 0 as 32-bit numbers. kPairs 0: as the span says.
template <int kPairs>
HWY_INLINE V32 OutputPixel(const Strip& strip, const ResizeSpan& span) {
  const D16 d16;
  const std::size_t lanes = hn::Lanes(d16);
  const std::int16_t* pixels = strip.blocks + static_cast<std::size_t>(span.first - strip.first) * lanes;
  const WeightPair* pairs = strip.pairs + span.offset;
  const int n = kPairs > 0 ? kPairs : span.pairs();
  Sum sum = NewSum();
  for (int p = 0; p < n; ++p) {
    sum.Add(hn::Load(d16, pixels + static_cast<std::size_t>(2 * p) * lanes), Broadcast(pairs[p].low),
            Broadcast(pairs[p].high));
  }
  return sum.Rounded();
}

template <int kPairs>
HWY_INLINE V16 TwoPixels(const Strip& strip, const ResizeSpan& a, const ResizeSpan& b) {
  const V16 both = hn::ReorderDemote2To(D16(), OutputPixel<kPairs>(strip, a), OutputPixel<kPairs>(strip, b));
  return hn::Min(hn::Max(both, hn::Zero(D16())), hn::Set(D16(), 255));
}

// Up to four output pixels of all rows, n of them: in each block twelve bytes and four of rubbish.
template <int kPairs>
HWY_INLINE hn::Vec<D8> FourPixels(const Strip& strip, const ResizeSpan* spans, int n) {
  const D8 d8;
  // r0 _ g0 _ b0 _ _ _ r1 _ g1 _ b1 _ _ _ becomes the first six bytes; pixels 2 and 3 the next six.
  alignas(16) static constexpr std::uint8_t kFront[16] = {0,   2,   4,   8,   10,  12,  128, 128,
                                                          128, 128, 128, 128, 128, 128, 128, 128};
  alignas(16) static constexpr std::uint8_t kBack[16] = {128, 128, 128, 128, 128, 128, 0,   2,
                                                         4,   8,   10,  12,  128, 128, 128, 128};
  const V16 first = TwoPixels<kPairs>(strip, spans[0], spans[n > 1 ? 1 : 0]);
  const V16 second = TwoPixels<kPairs>(strip, spans[n > 2 ? 2 : 0], spans[n > 3 ? 3 : 0]);
  return hn::Or(hn::TableLookupBytesOr0(hn::BitCast(d8, first), hn::LoadDup128(d8, kFront)),
                hn::TableLookupBytesOr0(hn::BitCast(d8, second), hn::LoadDup128(d8, kBack)));
}

// The pairs that all four spans have; 0 where they differ.
HWY_INLINE int CommonPairs(const ResizeSpan* spans) {
  const int pairs = spans[0].pairs();
  return spans[1].pairs() == pairs && spans[2].pairs() == pairs && spans[3].pairs() == pairs ? pairs : 0;
}

// Output pixels [x0, x1) of `rows` rows (at most kRowsAtOnce).
HWY_INLINE void HorizontalRows(const Strip& strip, const ResizeTable& table, int x0, int x1, std::size_t rows,
                               std::uint8_t* out, std::size_t out_stride) {
  const D8 d8;
  HWY_ALIGN std::uint8_t bytes[HWY_MAX_BYTES];
  for (int x = x0; x < x1; x += 4) {
    const int n = std::min(4, x1 - x);
    const ResizeSpan* spans = table.spans.data() + x;
    const int common = n == 4 ? CommonPairs(spans) : 0;
    const auto four = common == 2   ? FourPixels<2>(strip, spans, 4)
                      : common == 1 ? FourPixels<1>(strip, spans, 4)
                      : common == 3 ? FourPixels<3>(strip, spans, 4)
                                    : FourPixels<0>(strip, spans, n);
    hn::Store(four, d8, bytes);
    std::uint8_t* to = out + std::ptrdiff_t{3} * x;
    if (n == 4 && rows == kRowsAtOnce) {  // sizes known to the compiler
      for (std::size_t r = 0; r < kRowsAtOnce; ++r) std::memcpy(to + r * out_stride, bytes + 16 * r, 12);
    } else {
      for (std::size_t r = 0; r < rows; ++r) {
        std::memcpy(to + r * out_stride, bytes + 16 * r, static_cast<std::size_t>(3 * n));
      }
    }
  }
}

// The end of the strip of outputs that starts at x0 and needs at most kHorizontalWindow input pixels.
HWY_INLINE int StripEnd(const ResizeTable& table, int x0) {
  const int first = table.spans[static_cast<std::size_t>(x0)].first;
  int x1 = x0;
  for (; x1 < static_cast<int>(table.spans.size()); ++x1) {
    const ResizeSpan& span = table.spans[static_cast<std::size_t>(x1)];
    if (x1 > x0 && span.first + span.count - first > kHorizontalWindow) break;
  }
  return x1;
}

void HorizontalPass(const SourceRows& source, const ResizeTable& table, std::vector<std::int16_t>& scratch,
                    std::uint8_t* out) {
  const bool too_wide = std::any_of(table.spans.begin(), table.spans.end(),
                                    [](const ResizeSpan& span) { return span.count > kHorizontalWindow; });
  if (too_wide) return PlainHorizontalPass(source, table, out);
  const std::size_t out_stride = std::size_t{3} * table.spans.size();
  for (int x0 = 0, x1 = 0; x0 < static_cast<int>(table.spans.size()); x0 = x1) {
    x1 = StripEnd(table, x0);
    const int first = table.spans[static_cast<std::size_t>(x0)].first;
    const ResizeSpan& last = table.spans[static_cast<std::size_t>(x1 - 1)];
    const int count = std::max(last.first + last.count - first, 1);
    const std::size_t bytes = static_cast<std::size_t>(count) * kAlignment;
    scratch.resize((bytes + kAlignment) / sizeof(std::int16_t));
    std::size_t space = scratch.size() * sizeof(std::int16_t);
    void* aligned = scratch.data();
    auto* blocks = static_cast<std::int16_t*>(std::align(kAlignment, bytes, aligned, space));
    for (int y = 0; y < source.rows; y += static_cast<int>(kRowsAtOnce)) {
      const std::size_t rows = std::min(kRowsAtOnce, static_cast<std::size_t>(source.rows - y));
      for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
        const std::size_t from = static_cast<std::size_t>(y) + std::min(r, rows - 1);
        SpreadRow(source.data + from * source.stride, source.end, first,
                  std::min(count, source.width - first), kRowsAtOnce, blocks + r * 8);
      }
      std::uint8_t* to = out + static_cast<std::size_t>(y) * out_stride;
      HorizontalRows({blocks, first, table.pairs.data()}, table, x0, x1, rows, to, out_stride);
    }
  }
}

// ---- vertical ----

// Several output rows in a row that are sums of the same input rows.
struct RowGroup {
  const std::uint8_t* source;  // the first of the input rows
  std::size_t row_bytes;
  const ResizeTable* table;
  int y0, y1;         // output rows
  std::uint8_t* out;  // output row 0
};

// Half a vector of bytes of two rows, widened and interleaved: lower and upper half.
struct RowPair {
  V16 lower, upper;
};

HWY_INLINE RowPair LoadRowPair(const std::uint8_t* a, const std::uint8_t* b) {
  const hn::Half<D8> half;
  const V16 first = hn::PromoteTo(D16(), hn::LoadU(half, a)),
            second = hn::PromoteTo(D16(), hn::LoadU(half, b));
  return {hn::InterleaveLower(D16(), first, second), hn::InterleaveUpper(D16(), first, second)};
}

// Columns [x, x + lanes of 16 bits) of a group with kPairs pairs, which stay in registers.
template <int kPairs>
HWY_INLINE void VerticalColumns(const RowGroup& group, int count, std::size_t x) {
  const hn::Half<D8> half;
  RowPair rows[kPairs];
  for (int p = 0; p < kPairs; ++p) {
    const std::uint8_t* a = group.source + static_cast<std::size_t>(2 * p) * group.row_bytes + x;
    rows[p] = LoadRowPair(a, 2 * p + 1 < count ? a + group.row_bytes : a);
  }
  for (int y = group.y0; y < group.y1; ++y) {
    const WeightPair* pairs =
        group.table->pairs.data() + group.table->spans[static_cast<std::size_t>(y)].offset;
    Sum lower = NewSum(), upper = NewSum();
    for (int p = 0; p < kPairs; ++p) {
      const V16 low = Broadcast(pairs[p].low), high = Broadcast(pairs[p].high);
      lower.Add(rows[p].lower, low, high);
      upper.Add(rows[p].upper, low, high);
    }
    const V16 both = hn::ReorderDemote2To(D16(), lower.Rounded(), upper.Rounded());
    hn::StoreU(hn::DemoteTo(half, both), half, group.out + static_cast<std::size_t>(y) * group.row_bytes + x);
  }
}

// Any number of pairs, for one output row at a time.
HWY_INLINE void VerticalColumnsAny(const RowGroup& group, int count, std::size_t x) {
  const hn::Half<D8> half;
  for (int y = group.y0; y < group.y1; ++y) {
    const WeightPair* pairs =
        group.table->pairs.data() + group.table->spans[static_cast<std::size_t>(y)].offset;
    Sum lower = NewSum(), upper = NewSum();
    const std::uint8_t* a = group.source + x;
    for (int p = 0; 2 * p < count; ++p, a += 2 * group.row_bytes) {
      const RowPair rows = LoadRowPair(a, 2 * p + 1 < count ? a + group.row_bytes : a);
      const V16 low = Broadcast(pairs[p].low), high = Broadcast(pairs[p].high);
      lower.Add(rows.lower, low, high);
      upper.Add(rows.upper, low, high);
    }
    const V16 both = hn::ReorderDemote2To(D16(), lower.Rounded(), upper.Rounded());
    hn::StoreU(hn::DemoteTo(half, both), half, group.out + static_cast<std::size_t>(y) * group.row_bytes + x);
  }
}

HWY_INLINE void VerticalGroup(const RowGroup& group, int count) {
  const std::size_t step = hn::Lanes(D16());
  if (group.row_bytes < step) {
    for (auto y = static_cast<std::size_t>(group.y0); y < static_cast<std::size_t>(group.y1); ++y) {
      PlainVerticalRow(group.source, group.row_bytes, *group.table, y, group.out + y * group.row_bytes);
    }
    return;
  }
  const auto columns = [&](std::size_t x) HWY_ATTR {
    switch (count) {
      case 1:
      case 2:
        return VerticalColumns<1>(group, count, x);
      case 3:
      case 4:
        return VerticalColumns<2>(group, count, x);
      case 5:
      case 6:
        return VerticalColumns<3>(group, count, x);
      default:
        return VerticalColumnsAny(group, count, x);
    }
  };
  std::size_t x = 0;
  for (; x + step <= group.row_bytes; x += step) columns(x);
  if (x < group.row_bytes)
    columns(group.row_bytes - step);  // the last columns once more, to avoid a narrow tail
}

void VerticalPass(const std::uint8_t* source, int first_row, std::size_t row_bytes, const ResizeTable& table,
                  std::uint8_t* out) {
  const int rows = static_cast<int>(table.spans.size());
  for (int y0 = 0, y1 = 0; y0 < rows; y0 = y1) {
    const ResizeSpan& span = table.spans[static_cast<std::size_t>(y0)];
    for (y1 = y0 + 1; y1 < rows; ++y1) {
      const ResizeSpan& next = table.spans[static_cast<std::size_t>(y1)];
      if (next.first != span.first || next.count != span.count) break;
    }
    const RowGroup group{source + static_cast<std::size_t>(span.first - first_row) * row_bytes,
                         row_bytes,
                         &table,
                         y0,
                         y1,
                         out};
    VerticalGroup(group, span.count);
  }
}

#endif  // HWY_SCALAR

const char* TargetName() { return hwy::TargetName(HWY_TARGET); }

}  // namespace fruits::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fruits::detail {

HWY_EXPORT(HorizontalPass);
HWY_EXPORT(VerticalPass);
HWY_EXPORT(TargetName);

void HorizontalPass(const SourceRows& source, const ResizeTable& table, std::vector<std::int16_t>& scratch,
                    std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(HorizontalPass)(source, table, scratch, out);
}

void VerticalPass(const std::uint8_t* source, int first_row, std::size_t row_bytes, const ResizeTable& table,
                  std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(VerticalPass)(source, first_row, row_bytes, table, out);
}

const char* ResizeTarget() { return HWY_DYNAMIC_DISPATCH(TargetName)(); }

}  // namespace fruits::detail
#endif
