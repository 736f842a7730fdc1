#include "stats/panel_product.h"

#include <cstring>

namespace fruits {
namespace {

typedef double TwoDoubles __attribute__((vector_size(16)));
typedef double FourDoubles __attribute__((vector_size(32)));
typedef double EightDoubles __attribute__((vector_size(64)));

// Rows from the one multiplied to the one asked for. Several panels and the left one are more than an L1
// cache holds, and more streams than it foresees: asked for, they come a fifth faster.
constexpr std::size_t kRightAhead = 8;
constexpr std::size_t kLeftAhead = 4;

// Columns [0, kHigh) of `left` with the columns of kAcross panels. The sums stay in registers: 24 of
// AVX-512's 32, 8 of the 16 of the others. Multiplication and addition are fused by the compiler, where the
// target can (-ffp-contract=fast of this file).
template <typename Lanes, std::size_t kHigh, std::size_t kAcross>
[[gnu::always_inline]] inline void MultiplyHigh(const double* left, const double* right, std::size_t rows,
                                                double* out) {
  constexpr std::size_t kLanes = sizeof(Lanes) / sizeof(double);
  constexpr std::size_t kParts = kPanelColumns / kLanes;
  constexpr std::size_t kWide = kParts * kAcross;
  Lanes sum[kHigh][kWide] = {};
  for (std::size_t row = 0; row < rows; ++row) {
    if constexpr (kAcross > 1) {
      __builtin_prefetch(left + (row + kLeftAhead) * kPanelColumns);
#pragma GCC unroll 4
      for (std::size_t j = 0; j < kAcross; ++j) {
        __builtin_prefetch(right + (j * rows + row + kRightAhead) * kPanelColumns);
      }
    }
    Lanes across[kWide];
#pragma GCC unroll 4
    for (std::size_t j = 0; j < kWide; ++j) {
      const double* panel = right + j / kParts * rows * kPanelColumns;
      std::memcpy(&across[j], panel + row * kPanelColumns + j % kParts * kLanes, sizeof(Lanes));
    }
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kHigh; ++i) {
      const double factor = left[row * kPanelColumns + i];
#pragma GCC unroll 4
      for (std::size_t j = 0; j < kWide; ++j) sum[i][j] += across[j] * factor;
    }
  }
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kHigh; ++i) {
#pragma GCC unroll 4
    for (std::size_t j = 0; j < kWide; ++j) {
      std::memcpy(out + (i * kWide + j) * kLanes, &sum[i][j], sizeof(Lanes));
    }
  }
}

// A panel's columns in parts, where registers do not hold the sums of all.
template <typename Lanes, std::size_t kHigh>
[[gnu::always_inline]] inline void MultiplyInParts(const double* left, const double* right, std::size_t rows,
                                                   double* out) {
  for (std::size_t i = 0; i < kPanelColumns; i += kHigh) {
    MultiplyHigh<Lanes, kHigh, 1>(left + i, right, rows, out + i * kPanelColumns);
  }
}

void MultiplyPlain(const double* left, const double* right, std::size_t rows, double* out) {
  MultiplyInParts<TwoDoubles, 2>(left, right, rows, out);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void MultiplyAvx2(const double* left, const double* right, std::size_t rows,
                                              double* out) {
  MultiplyInParts<FourDoubles, 4>(left, right, rows, out);
}

[[gnu::target("avx512f")]] void MultiplyAvx512(const double* left, const double* right, std::size_t rows,
                                               double* out) {
  MultiplyHigh<EightDoubles, kPanelColumns, kMostAcross>(left, right, rows, out);
}
#endif

struct Products {
  PanelProduct all[3];
  std::size_t count = 0;
};

Products OfThisCpu() {
  Products products;
  const auto add = [&](const PanelProduct& product) { products.all[products.count++] = product; };
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) add({"avx512", kMostAcross, MultiplyAvx512});
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) add({"avx2", 1, MultiplyAvx2});
#endif
  add({"plain", 1, MultiplyPlain});
  return products;
}

}  // namespace

std::span<const PanelProduct> PanelProducts() {
  static const Products products = OfThisCpu();
  return {products.all, products.count};
}

}  // namespace fruits
