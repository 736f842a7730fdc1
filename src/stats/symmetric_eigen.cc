#include "stats/symmetric_eigen.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "fruits/core/try.h"
#include "stats/blas.h"
#include "stats/tridiagonal.h"

namespace fruits {
namespace {

// Above what rounding gives (about n * 2^-53), far below what a projection would notice.
constexpr double kVectorTolerance = 1e-11;

bool AreOrthonormal(const std::vector<double>& z, std::size_t n, std::size_t count) {
  std::vector<double> gram(count * count);
  blas::MultiplyBySelf(count, n, z.data(), n, 0, gram.data(), count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = i; j < count; ++j) {
      if (!(std::abs(gram[i * count + j] - (i == j ? 1.0 : 0.0)) <= kVectorTolerance)) return false;
    }
  }
  return true;
}

// T z = value z for each vector, `values` all of them, largest first as the vectors are.
bool AreSolutions(const Tridiagonal& t, const std::vector<double>& z, std::span<const double> values,
                  std::size_t n, std::size_t count) {
  const double norm = std::max(std::abs(values.front()), std::abs(values.back()));
  for (std::size_t k = 0; k < count; ++k) {
    const double* v = z.data() + k * n;
    for (std::size_t i = 0; i < n; ++i) {
      double r = (t.diagonal[i] - values[k]) * v[i];
      if (i > 0) r += t.off[i - 1] * v[i - 1];
      if (i + 1 < n) r += t.off[i] * v[i + 1];
      if (!(std::abs(r) <= kVectorTolerance * norm)) return false;
    }
  }
  return true;
}

// Row k of the result belongs to the k-th largest value; LAPACK gives columns for rising values.
std::vector<double> LargestFirst(const double* columns, std::size_t n, std::size_t count) {
  std::vector<double> rows(n * count);
  for (std::size_t k = 0; k < count; ++k) {
    const double* from = columns + (count - 1 - k) * n;
    std::copy(from, from + n, rows.begin() + static_cast<std::ptrdiff_t>(k * n));
  }
  return rows;
}

// Empty where dstemr fails or returns another number of vectors.
std::vector<double> RobustVectors(const Tridiagonal& t, std::size_t n, std::size_t count) {
  blas::StayInThread();
  const int size = static_cast<int>(n);
  std::vector<double> diagonal = t.diagonal, off = t.off, values(n), z(n * count), work(18 * n);
  std::vector<int> support(2 * count), iwork(10 * n);
  int found = 0;
  lapack_logical try_high_accuracy = 1;
  const int info = scipy_LAPACKE_dstemr_work(
      LAPACK_COL_MAJOR, 'V', 'I', size, diagonal.data(), off.data(), 0, 0, size - static_cast<int>(count) + 1,
      size, &found, values.data(), z.data(), size, static_cast<int>(count), support.data(),
      &try_high_accuracy, work.data(), static_cast<int>(work.size()), iwork.data(),
      static_cast<int>(iwork.size()));
  if (info != 0 || found != static_cast<int>(count)) return {};
  return LargestFirst(z.data(), n, count);
}

Result<std::vector<double>> DivideAndConquerVectors(const Tridiagonal& t, std::size_t n, std::size_t count) {
  blas::StayInThread();
  std::vector<double> diagonal = t.diagonal, off = t.off;
  // From LAPACK's description of dstedc with COMPZ = 'I'.
  const std::size_t work_size = 1 + 4 * n + n * n;
  FRUITS_TRY(AlignedBuffer z, AlignedBuffer::Make(n * n, "all eigenvectors"));
  FRUITS_TRY(AlignedBuffer work, AlignedBuffer::Make(work_size, "the eigenvector solver"));
  std::vector<int> iwork(3 + 5 * n);
  const int size = static_cast<int>(n);
  const int info = scipy_LAPACKE_dstedc_work(LAPACK_COL_MAJOR, 'I', size, diagonal.data(), off.data(),
                                             z.data(), size, work.data(), static_cast<int>(work_size),
                                             iwork.data(), static_cast<int>(iwork.size()));
  if (info != 0) return Fail(ErrorCode::kInternal, fmt::format("LAPACK's dstedc gave up with info {}", info));
  return LargestFirst(z.data() + (n - count) * n, n, count);
}

Result<std::vector<double>> Vectors(const Tridiagonal& t, std::span<const double> values, std::size_t n,
                                    std::size_t count, VectorMethod method) {
  if (method == VectorMethod::kAuto) {
    std::vector<double> z = RobustVectors(t, n, count);
    if (!z.empty() && AreOrthonormal(z, n, count) && AreSolutions(t, z, values, n, count)) return z;
  }
  return DivideAndConquerVectors(t, n, count);
}

}  // namespace

void Orient(std::span<double> vector) {
  std::size_t largest = 0;
  for (std::size_t i = 1; i < vector.size(); ++i) {
    if (std::abs(vector[i]) > std::abs(vector[largest])) largest = i;
  }
  if (vector.empty() || vector[largest] >= 0) return;
  for (double& x : vector) x = -x;
}

Result<Spectrum> SolveSymmetric(
    AlignedBuffer matrix, std::size_t n,
    const std::function<Result<std::size_t>(std::span<const double> values)>& choose_count,
    VectorMethod method) {
  const int size = static_cast<int>(n);
  FRUITS_TRY(const Tridiagonal t, ReduceToTridiagonal(matrix.data(), n));
  Spectrum spectrum{t.diagonal, {}};
  std::vector<double> off = t.off;
  int info = blas::TridiagonalValues(size, spectrum.values.data(), off.data());
  if (info != 0) return Fail(ErrorCode::kInternal, fmt::format("LAPACK's dsterf gave up with info {}", info));
  std::ranges::reverse(spectrum.values);
  const std::vector<double> raw = spectrum.values;
  for (double& value : spectrum.values) value = std::max(value, 0.0);

  FRUITS_TRY(const std::size_t count, choose_count(spectrum.values));
  FRUITS_TRY(spectrum.vectors, Vectors(t, raw, n, count, method));
  std::vector<double> work(64 * (std::max(n, count) + 64));
  info = blas::ApplyReduction(size, static_cast<int>(count), matrix.data(), t.tau.data(),
                              spectrum.vectors.data(), work.data(), static_cast<int>(work.size()));
  if (info != 0) return Fail(ErrorCode::kInternal, fmt::format("LAPACK's dormtr gave up with info {}", info));
  for (std::size_t k = 0; k < count; ++k) Orient(std::span(spectrum.vectors).subspan(k * n, n));
  return spectrum;
}

}  // namespace fruits
