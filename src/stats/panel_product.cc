#include "stats/panel_product.h"

#include <cstring>
#include <vector>

namespace fruits {
namespace {

typedef double TwoDoubles __attribute__((vector_size(16)));
typedef double FourDoubles __attribute__((vector_size(32)));
typedef double EightDoubles __attribute__((vector_size(64)));

// Columns [0, kHigh) of `left` with the columns of kAcross panels. Sums stay in registers: kHigh * kAcross *
// kPanelColumns / lanes of them.
template <typename Lanes, std::size_t kHigh, std::size_t kAcross>
[[gnu::always_inline]] inline void MultiplyHigh(const double* left, const double* right, std::size_t rows,
                                                double* out) {
  constexpr std::size_t kLanes = sizeof(Lanes) / sizeof(double);
  constexpr std::size_t kParts = kPanelColumns / kLanes;
  constexpr std::size_t kWide = kParts * kAcross;
  Lanes sum[kHigh][kWide] = {};
  for (std::size_t row = 0; row < rows; ++row) {
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

// Sixteen registers hold the sums of half a panel's columns.
template <typename Lanes>
[[gnu::always_inline]] inline void MultiplyHalves(const double* left, const double* right, std::size_t rows,
                                                  double* out) {
  constexpr std::size_t kHalf = kPanelColumns / 2;
  MultiplyHigh<Lanes, kHalf, 1>(left, right, rows, out);
  MultiplyHigh<Lanes, kHalf, 1>(left + kHalf, right, rows, out + kHalf * kPanelColumns);
}

void MultiplyPlain(const double* left, const double* right, std::size_t rows, double* out) {
  MultiplyHalves<TwoDoubles>(left, right, rows, out);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void MultiplyAvx2(const double* left, const double* right, std::size_t rows,
                                              double* out) {
  MultiplyHalves<FourDoubles>(left, right, rows, out);
}

[[gnu::target("avx512f")]] void MultiplyAvx512(const double* left, const double* right, std::size_t rows,
                                               double* out) {
  MultiplyHigh<EightDoubles, kPanelColumns, kMostAcross>(left, right, rows, out);
}
#endif

std::vector<PanelProduct> OfThisCpu() {
  std::vector<PanelProduct> products;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) products.push_back({"avx512", kMostAcross, MultiplyAvx512});
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    products.push_back({"avx2", 1, MultiplyAvx2});
  }
#endif
  products.push_back({"plain", 1, MultiplyPlain});
  return products;
}

}  // namespace

std::span<const PanelProduct> PanelProducts() {
  static const std::vector<PanelProduct> products = OfThisCpu();
  return products;
}

}  // namespace fruits
