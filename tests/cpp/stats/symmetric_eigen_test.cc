#include "stats/symmetric_eigen.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <thread>

#include "stats/made_rows.h"

namespace fruits {
namespace {

using Matrix = std::function<double(std::size_t, std::size_t)>;  // of i <= j

Spectrum Solve(std::size_t n, std::size_t count, const Matrix& matrix,
               VectorMethod method = VectorMethod::kAuto) {
  auto buffer = AlignedBuffer::Make(n * n, "a test");
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j) buffer->data()[i * n + j] = matrix(i, j);
    for (std::size_t j = 0; j < i; ++j) buffer->data()[i * n + j] = std::nan("");  // must not be read
  }
  auto spectrum = SolveSymmetric(
      *std::move(buffer), n, [&](std::span<const double>) -> Result<std::size_t> { return count; }, method);
  if (!spectrum) ADD_FAILURE() << spectrum.error().message();
  return std::move(spectrum).value_or(Spectrum{});
}

// Orthonormal, and M v = value v, and oriented.
void Check(std::size_t n, std::size_t count, const Matrix& matrix, const Spectrum& s) {
  ASSERT_EQ(s.values.size(), n);
  ASSERT_EQ(s.vectors.size(), n * count);
  const double bound = 1e-12 * static_cast<double>(n);
  for (std::size_t k = 0; k < count; ++k) {
    const double* v = s.vectors.data() + k * n;
    double largest = 0;
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < n; ++j) sum += (i <= j ? matrix(i, j) : matrix(j, i)) * v[j];
      ASSERT_NEAR(sum, s.values[k] * v[i], bound * (1 + s.values.front()));
      if (std::abs(v[i]) > std::abs(largest)) largest = v[i];
    }
    EXPECT_GT(largest, 0);
    for (std::size_t other = 0; other <= k; ++other) {
      double dot = 0;
      for (std::size_t i = 0; i < n; ++i) dot += v[i] * s.vectors[other * n + i];
      EXPECT_NEAR(dot, other == k ? 1 : 0, bound);
    }
  }
}

Matrix CovarianceLike(std::size_t n, std::size_t rows) {
  const auto made = test::Made<double>(rows, n, 0, 1);
  std::vector<double> sums(n * n);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = i; j < n; ++j) {
        sums[i * n + j] += made.view()(r, i) * made.view()(r, j) / static_cast<double>(rows);
      }
    }
  }
  return [sums, n](std::size_t i, std::size_t j) { return sums[i * n + j]; };
}

TEST(SymmetricEigen, OneByOne) {
  const Spectrum s = Solve(1, 1, [](auto, auto) { return 3.0; });
  EXPECT_EQ(s.values, std::vector<double>{3});
  EXPECT_EQ(s.vectors, std::vector<double>{1});
}

TEST(SymmetricEigen, SolvesOrdinaryMatrices) {
  for (const std::size_t n : {2U, 3U, 10U, 65U, 200U}) {
    const Matrix matrix = CovarianceLike(n, 2 * n);
    for (const std::size_t count : {std::size_t{1}, (n + 1) / 2, n})
      Check(n, count, matrix, Solve(n, count, matrix));
  }
}

TEST(SymmetricEigen, SolvesARankDeficientOne) {
  const Matrix matrix = CovarianceLike(100, 10);
  const Spectrum s = Solve(100, 12, matrix);
  Check(100, 12, matrix, s);
  for (std::size_t i = 10; i < 100; ++i) {
    EXPECT_GE(s.values[i], 0);
    EXPECT_LE(s.values[i], 1e-13 * s.values[0]);
  }
}

// Equal and nearly equal eigenvalues, blocks, zero rows: where single vectors are hardest to tell apart.
TEST(SymmetricEigen, SolvesClustersAndSplits) {
  const std::vector<Matrix> matrices = {
      [](std::size_t i, std::size_t j) { return i == j ? 1.0 : 0.0; },
      [](std::size_t, std::size_t) { return 0.0; },
      [](std::size_t, std::size_t) { return 1.0; },
      [](std::size_t i, std::size_t j) { return i == j ? 1.0 + 1e-12 * static_cast<double>(i) : 1e-13; },
      [](std::size_t i, std::size_t j) { return i / 10 == j / 10 ? (i == j ? 2.0 : 0.5) : 0.0; },
      [](std::size_t i, std::size_t j) { return i % 3 == 0 || j % 3 == 0 ? 0.0 : (i == j ? 1.0 : 0.25); },
      [](std::size_t i, std::size_t j) {
        return i == j ? 3 + std::abs(static_cast<double>(i) - 30) : (j == i + 1 ? 1.0 : 0.0);
      },
  };
  for (std::size_t m = 0; m < matrices.size(); ++m) {
    SCOPED_TRACE(m);
    for (const std::size_t count : {1U, 7U, 61U})
      Check(61, count, matrices[m], Solve(61, count, matrices[m]));
  }
}

TEST(SymmetricEigen, DivideAndConquerAgrees) {
  const Matrix matrix = CovarianceLike(80, 300);
  const Spectrum usual = Solve(80, 9, matrix);
  const Spectrum other = Solve(80, 9, matrix, VectorMethod::kDivideAndConquer);
  Check(80, 9, matrix, other);
  for (std::size_t i = 0; i < usual.vectors.size(); ++i)
    EXPECT_NEAR(usual.vectors[i], other.vectors[i], 1e-11);
}

TEST(SymmetricEigen, SameBytesAgainAndUnderLoad) {
  const Matrix matrix = CovarianceLike(400, 500);
  const Spectrum alone = Solve(400, 20, matrix);
  std::vector<Spectrum> results(6);
  {
    std::vector<std::jthread> threads;
    for (Spectrum& result : results) threads.emplace_back([&] { result = Solve(400, 20, matrix); });
  }
  for (const Spectrum& result : results) {
    EXPECT_EQ(std::memcmp(result.values.data(), alone.values.data(), 400 * sizeof(double)), 0);
    EXPECT_EQ(std::memcmp(result.vectors.data(), alone.vectors.data(), alone.vectors.size() * sizeof(double)),
              0);
  }
}

TEST(SymmetricEigen, PassesTheChoosersErrorOn) {
  auto buffer = AlignedBuffer::Make(4, "a test");
  std::fill(buffer->data(), buffer->data() + 4, 1.0);
  const auto spectrum = SolveSymmetric(
      *std::move(buffer), 2,
      [](std::span<const double>) -> Result<std::size_t> { return Fail(ErrorCode::kCancelled, "no more"); });
  ASSERT_FALSE(spectrum);
  EXPECT_EQ(spectrum.error().code(), ErrorCode::kCancelled);
}

TEST(Orient, TurnsTheLargestUp) {
  std::vector<double> v = {1, -3, 2};
  Orient(v);
  EXPECT_EQ(v, (std::vector<double>{-1, 3, -2}));
  v = {-2, 2};
  Orient(v);
  EXPECT_EQ(v, (std::vector<double>{2, -2}));
}

}  // namespace
}  // namespace fruits
