#include "stats/symmetric_columns.h"

#include <cstring>

namespace fruits {
namespace {

// Read side by side. More share too few lines of the cache where columns lie a power of two apart.
constexpr std::size_t kColumns = 4;

typedef double TwoDoubles __attribute__((vector_size(16)));
typedef double FourDoubles __attribute__((vector_size(32)));

template <typename Lanes>
[[gnu::always_inline]] inline void Load(const double* from, Lanes& to) {
  std::memcpy(&to, from, sizeof to);
}

void AddColumn(const double* column, std::size_t j, std::size_t n, const double* x, double* y) {
  double sum = column[j] * x[j];
  for (std::size_t i = j + 1; i < n; ++i) {
    y[i] += column[i] * x[j];
    sum += column[i] * x[i];
  }
  y[j] += sum;
}

// Columns j to j + 3, a few rows at a time.
template <typename Lanes>
[[gnu::always_inline]] inline void AddFour(const double* a, std::size_t lda, std::size_t j, std::size_t n,
                                           const double* x, double* y) {
  constexpr std::size_t kLanes = sizeof(Lanes) / sizeof(double);
  const double* c0 = a + j * lda;
  const double* c1 = c0 + lda;
  const double* c2 = c1 + lda;
  const double* c3 = c2 + lda;
  const double x0 = x[j], x1 = x[j + 1], x2 = x[j + 2], x3 = x[j + 3];
  Lanes s0{}, s1{}, s2{}, s3{};
  std::size_t i = j + kColumns;
  for (; i + kLanes <= n; i += kLanes) {
    Lanes a0, a1, a2, a3, xi, yi;
    Load(c0 + i, a0);
    Load(c1 + i, a1);
    Load(c2 + i, a2);
    Load(c3 + i, a3);
    Load(x + i, xi);
    Load(y + i, yi);
    yi += a0 * x0 + a1 * x1 + (a2 * x2 + a3 * x3);
    s0 += a0 * xi;
    s1 += a1 * xi;
    s2 += a2 * xi;
    s3 += a3 * xi;
    std::memcpy(y + i, &yi, sizeof yi);
  }
  double t0 = 0, t1 = 0, t2 = 0, t3 = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    t0 += s0[lane];
    t1 += s1[lane];
    t2 += s2[lane];
    t3 += s3[lane];
  }
  for (; i < n; ++i) {
    y[i] += c0[i] * x0 + c1[i] * x1 + (c2[i] * x2 + c3[i] * x3);
    t0 += c0[i] * x[i];
    t1 += c1[i] * x[i];
    t2 += c2[i] * x[i];
    t3 += c3[i] * x[i];
  }
  // The square on the diagonal.
  y[j] += t0 + c0[j] * x0 + c0[j + 1] * x1 + c0[j + 2] * x2 + c0[j + 3] * x3;
  y[j + 1] += t1 + c0[j + 1] * x0 + c1[j + 1] * x1 + c1[j + 2] * x2 + c1[j + 3] * x3;
  y[j + 2] += t2 + c0[j + 2] * x0 + c1[j + 2] * x1 + c2[j + 2] * x2 + c2[j + 3] * x3;
  y[j + 3] += t3 + c0[j + 3] * x0 + c1[j + 3] * x1 + c2[j + 3] * x2 + c3[j + 3] * x3;
}

template <typename Lanes>
[[gnu::always_inline]] inline void AddAll(const double* a, std::size_t lda, std::size_t begin,
                                          std::size_t end, std::size_t n, const double* x, double* y) {
  std::size_t j = begin;
  for (; j + kColumns <= end; j += kColumns) AddFour<Lanes>(a, lda, j, n, x, y);
  for (; j < end; ++j) AddColumn(a + j * lda, j, n, x, y);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void AddAllAvx2(const double* a, std::size_t lda, std::size_t begin,
                                            std::size_t end, std::size_t n, const double* x, double* y) {
  AddAll<FourDoubles>(a, lda, begin, end, n, x, y);
}
#endif

}  // namespace

void AddSymmetricColumns(const double* a, std::size_t lda, std::size_t begin, std::size_t end, std::size_t n,
                         const double* x, double* y) {
#if defined(__x86_64__)
  static const bool avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  if (avx2) return AddAllAvx2(a, lda, begin, end, n, x, y);
#endif
  AddSymmetricColumnsPlain(a, lda, begin, end, n, x, y);
}

void AddSymmetricColumnsPlain(const double* a, std::size_t lda, std::size_t begin, std::size_t end,
                              std::size_t n, const double* x, double* y) {
  AddAll<TwoDoubles>(a, lda, begin, end, n, x, y);
}

}  // namespace fruits
