#include "stats/tridiagonal.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <thread>

#include "stats/aligned_buffer.h"
#include "stats/blas.h"
#include "stats/made_rows.h"

namespace fruits {
namespace {

using Matrix = std::function<double(std::size_t, std::size_t)>;  // of i >= j

struct Reduced {
  AlignedBuffer matrix;
  Tridiagonal t;
};

AlignedBuffer Filled(std::size_t n, const Matrix& matrix) {
  auto buffer = AlignedBuffer::Make(n * n, "a test");
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < j; ++i) buffer->data()[j * n + i] = std::nan("");  // must not be read
    for (std::size_t i = j; i < n; ++i) buffer->data()[j * n + i] = matrix(i, j);
  }
  return *std::move(buffer);
}

Reduced Reduce(std::size_t n, const Matrix& matrix) {
  AlignedBuffer buffer = Filled(n, matrix);
  auto t = ReduceToTridiagonal(buffer.data(), n);
  if (!t) ADD_FAILURE() << t.error().message();
  return {std::move(buffer), std::move(t).value_or(Tridiagonal{})};
}

Reduced ReduceByLapack(std::size_t n, const Matrix& matrix) {
  AlignedBuffer buffer = Filled(n, matrix);
  Tridiagonal t{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
  EXPECT_EQ(blas::ReduceToTridiagonal(n, buffer.data(), n, t.diagonal.data(), t.off.data(), t.tau.data()), 0);
  return {std::move(buffer), std::move(t)};
}

std::vector<double> Values(Tridiagonal t) {
  EXPECT_EQ(blas::TridiagonalValues(static_cast<int>(t.diagonal.size()), t.diagonal.data(), t.off.data()), 0);
  return t.diagonal;
}

Matrix Random(std::size_t n, double scale = 1) {
  const auto made = test::Made<double>(n, n, 0, 1);
  return [made, scale](std::size_t i, std::size_t j) { return scale * made.view()(i, j); };
}

// A q_j = off_(j-1) q_(j-1) + diagonal_j q_j + off_j q_(j+1) for every column of the Q that dormtr reads, and
// LAPACK's eigenvalues.
void Check(std::size_t n, const Matrix& matrix) {
  const Reduced ours = Reduce(n, matrix);
  const Reduced theirs = ReduceByLapack(n, matrix);
  ASSERT_EQ(ours.t.diagonal.size(), n);
  const std::vector<double> values = Values(ours.t);
  const std::vector<double> expected = Values(theirs.t);
  const double norm = std::max(std::abs(expected.front()), std::abs(expected.back()));
  const double bound = 1e-15 * static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i) ASSERT_LE(std::abs(values[i] - expected[i]), bound * norm) << i;

  // Of order 1 from here on, so that plain sums of products tell.
  const double unit = norm > 0 ? std::ldexp(1.0, std::ilogb(norm)) : 1;
  std::vector<double> a(n * n), q(n * n), product(n * n), work(64 * (n + 64));
  for (std::size_t j = 0; j < n; ++j) {
    q[j * n + j] = 1;
    for (std::size_t i = j; i < n; ++i) a[j * n + i] = a[i * n + j] = matrix(i, j) / unit;
  }
  ASSERT_EQ(blas::ApplyReduction(static_cast<int>(n), static_cast<int>(n), ours.matrix.data(),
                                 ours.t.tau.data(), q.data(), work.data(), static_cast<int>(work.size())),
            0);
  blas::Multiply(CblasNoTrans, n, n, n, q.data(), n, a.data(), n, 0, product.data(), n);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      double sum = ours.t.diagonal[j] / unit * q[j * n + i];
      if (j > 0) sum += ours.t.off[j - 1] / unit * q[(j - 1) * n + i];
      if (j + 1 < n) sum += ours.t.off[j] / unit * q[(j + 1) * n + i];
      ASSERT_LE(std::abs(sum - product[j * n + i]), bound) << i << ' ' << j;
    }
  }
  blas::MultiplyBySelf(n, n, q.data(), n, 0, product.data(), n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j) ASSERT_NEAR(product[i * n + j], i == j ? 1 : 0, bound);
  }
}

TEST(Tridiagonal, IsLapacksForOrdinaryMatrices) {
  // Around the sizes from which on there are one, two and three panels of our own.
  for (const std::size_t n : {1U, 2U, 3U, 65U, 255U, 319U, 320U, 321U, 383U, 384U, 389U, 450U, 515U}) {
    SCOPED_TRACE(n);
    Check(n, Random(n));
  }
}

TEST(Tridiagonal, HasLapacksReflectors) {
  const std::size_t n = 400;
  const Reduced ours = Reduce(n, Random(n));
  const Reduced theirs = ReduceByLapack(n, Random(n));
  for (std::size_t i = 0; i < n; ++i) {
    EXPECT_NEAR(ours.t.diagonal[i], theirs.t.diagonal[i], 1e-9);
    if (i + 1 == n) break;
    EXPECT_NEAR(ours.t.off[i], theirs.t.off[i], 1e-9);
    EXPECT_NEAR(ours.t.tau[i], theirs.t.tau[i], 1e-9);
    for (std::size_t r = i + 2; r < n; ++r)
      ASSERT_NEAR(ours.matrix.data()[i * n + r], theirs.matrix.data()[i * n + r], 1e-9);
  }
}

TEST(Tridiagonal, SolvesColumnsOfZeros) {
  const std::size_t n = 400;
  const Matrix random = Random(n);
  const std::vector<Matrix> matrices = {
      [](std::size_t, std::size_t) { return 0.0; },
      [](std::size_t, std::size_t) { return 1.0; },
      [](std::size_t i, std::size_t j) { return i == j ? 1.0 : 0.0; },
      [](std::size_t i, std::size_t j) { return i == j ? static_cast<double>(i) : 0.5 * (i == j + 1); },
      [&](std::size_t i, std::size_t j) { return i % 3 == 0 || j % 3 == 0 ? 0.0 : random(i, j); },
      [&](std::size_t i, std::size_t j) { return i == 70 || j == 70 || j < 2 ? 0.0 : random(i, j); },
      [&](std::size_t i, std::size_t j) { return i / 50 == j / 50 ? random(i, j) : 0.0; },
  };
  for (std::size_t m = 0; m < matrices.size(); ++m) {
    SCOPED_TRACE(m);
    Check(n, matrices[m]);
  }
}

// Where squares are 0 or infinite.
TEST(Tridiagonal, SolvesTinyAndHugeScales) {
  for (const double scale : {1e-300, 1e-200, 1e200, 1e300}) {
    SCOPED_TRACE(scale);
    Check(400, Random(400, scale));
  }
  const Matrix random = Random(400);
  Check(400, [&](std::size_t i, std::size_t j) {
    return random(i, j) * std::pow(10.0, -static_cast<double>(i + j) / 2);
  });
}

bool SameBytes(const Reduced& a, const Reduced& b) {
  const std::size_t n = a.t.diagonal.size();
  const auto same = [](const double* x, const double* y, std::size_t count) {
    return std::memcmp(x, y, count * sizeof(double)) == 0;
  };
  bool result = same(a.t.diagonal.data(), b.t.diagonal.data(), n) &&
                same(a.t.off.data(), b.t.off.data(), n) && same(a.t.tau.data(), b.t.tau.data(), n);
  for (std::size_t j = 0; j < n; ++j)
    result = result && same(a.matrix.data() + j * n + j, b.matrix.data() + j * n + j, n - j);
  return result;
}

TEST(Tridiagonal, SameBytesOnOneCoreAndUnderLoad) {
  const std::size_t n = 600;
  const Matrix matrix = Random(n);
  const Reduced alone = Reduce(n, matrix);
  std::jthread([&] {  // a thread started by this one stays on its core as well
    cpu_set_t allowed, one;
    ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
      if (CPU_ISSET(cpu, &allowed)) CPU_SET(cpu, &one);
    }
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_TRUE(SameBytes(Reduce(n, matrix), alone));
  })
      .join();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back([&] { EXPECT_TRUE(SameBytes(Reduce(n, matrix), alone)); });
}

}  // namespace
}  // namespace fruits
