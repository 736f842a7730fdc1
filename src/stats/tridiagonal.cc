#include "stats/tridiagonal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "fruits/core/try.h"
#include "stats/aligned_buffer.h"
#include "stats/blas.h"
#include "stats/symmetric_columns.h"
#include "stats/two_threads.h"

namespace fruits {
namespace {

constexpr std::size_t kPanel = 64;           // columns reduced between two updates of the rest
constexpr std::size_t kMinTwoThreads = 256;  // left over for LAPACK: less does not pay a second thread
constexpr std::size_t kLine = 8;             // doubles in 64 bytes

std::size_t WholeLines(std::size_t count) { return (count + kLine - 1) / kLine * kLine; }

// Columns [0, here) of a lower triangle of n columns hold as many entries as the others.
std::size_t Balanced(std::size_t n) {
  return WholeLines(static_cast<std::size_t>(static_cast<double>(n) * (1 - std::sqrt(0.5))));
}

// A panel's reflectors V_k and what dlatrd calls W_k: the reduced matrix is A - V W^T - W V^T. They stand in
// turn, V_0, W_0, V_1, W_1, as rows `stride_` apart, so that one product takes in both.
class Reduction {
 public:
  static Result<Reduction> Make(double* matrix, std::size_t n, Tridiagonal& t) {
    const std::size_t stride = WholeLines(n) + kLine;  // not a power of two
    FRUITS_TRY(AlignedBuffer pairs, AlignedBuffer::Make(2 * kPanel * stride, "a panel of reflectors"));
    FRUITS_TRY(AlignedBuffer products, AlignedBuffer::Make(2 * stride, "products of reflectors"));
    return Reduction(matrix, n, stride, std::move(pairs), std::move(products), t);
  }

  // Columns [begin, begin + kPanel), then the rest of the matrix.
  void ReducePanel(std::size_t begin, TwoThreads& both) {
    const std::size_t end = begin + kPanel;
    middle_ = end + WholeLines((n_ - end) / 2);
    for (std::size_t k = 0; k < kPanel; ++k) {
      if (k > 0) UpdateColumn(begin + k, k, both);
      MakeReflector(begin + k, k);
      MultiplyReflector(begin + k, k, both);
      MakePartner(begin + k, k, both);
    }
    UpdateRest(end, both);
  }

 private:
  using Numbers = std::array<double, 2 * kPanel>;

  Reduction(double* matrix, std::size_t n, std::size_t stride, AlignedBuffer pairs, AlignedBuffer products,
            Tridiagonal& t)
      : a_(matrix), n_(n), stride_(stride), pairs_(std::move(pairs)), products_(std::move(products)), t_(t) {}

  double* V(std::size_t k) { return pairs_.data() + 2 * k * stride_; }
  double* W(std::size_t k) { return V(k) + stride_; }

  // f(part, first row, last row) for both halves of rows [begin, n).
  template <typename F>
  void InHalves(std::size_t begin, TwoThreads& both, const F& f) {
    both.Run([&] { f(0, begin, middle_); }, [&] { f(1, middle_, n_); });
  }

  // Column i gets what the k reflectors before it do to it.
  void UpdateColumn(std::size_t i, std::size_t k, TwoThreads& both) {
    Numbers factor;
    for (std::size_t l = 0; l < k; ++l) {
      factor[2 * l] = W(l)[i];
      factor[2 * l + 1] = V(l)[i];
    }
    double* column = a_ + i * n_;
    InHalves(i, both, [&](int, std::size_t from, std::size_t to) {
      blas::SubtractRows(2 * k, to - from, V(0) + from, stride_, factor.data(), column + from);
    });
  }

  void MakeReflector(std::size_t i, std::size_t k) {
    double* below = a_ + i * n_ + i + 1;
    t_.diagonal[i] = below[-1];
    t_.tau[i] = blas::MakeReflector(n_ - i - 1, below);
    t_.off[i] = below[0];
    std::copy(below, below + (n_ - i - 1), V(k) + i + 1);
    V(k)[i + 1] = 1;
  }

  // The rest of the matrix as it was before this panel, and the pairs of this panel, each times V_k.
  void MultiplyReflector(std::size_t i, std::size_t k, TwoThreads& both) {
    const std::size_t first = i + 1;
    const std::size_t size = n_ - first;
    const std::size_t cut = Balanced(size);
    const double* rest = a_ + first * n_ + first;
    InHalves(first, both, [&](int part, std::size_t from, std::size_t to) {
      const std::size_t begin = part == 0 ? 0 : cut;
      double* out = products_.data() + (part == 0 ? 0 : stride_) + first;
      std::fill(out + begin, out + size, 0.0);
      AddSymmetricColumns(rest, n_, begin, part == 0 ? cut : size, size, V(k) + first, out);
      blas::DotRows(2 * k, to - from, V(0) + from, stride_, V(k) + from, dots_[part].data());
    });
  }

  // W_k, such that A - V W^T - W V^T is what the reflectors make of A.
  void MakePartner(std::size_t i, std::size_t k, TwoThreads& both) {
    const std::size_t first = i + 1;
    const std::size_t cut = first + Balanced(n_ - first);
    const double tau = t_.tau[i];
    Numbers factor;
    for (std::size_t l = 0; l < 2 * k; ++l) factor[l] = dots_[0][l ^ 1] + dots_[1][l ^ 1];
    std::array<double, 2> dot{};
    const double* one = products_.data();
    const double* other = one + stride_;
    double* w = W(k);
    InHalves(first, both, [&](int part, std::size_t from, std::size_t to) {
      for (std::size_t r = from; r < to; ++r) w[r] = r < cut ? one[r] : one[r] + other[r];
      blas::SubtractRows(2 * k, to - from, V(0) + from, stride_, factor.data(), w + from);
      for (std::size_t r = from; r < to; ++r) w[r] *= tau;
      blas::DotRows(1, to - from, w + from, stride_, V(k) + from, &dot[static_cast<std::size_t>(part)]);
    });
    const double shift = -0.5 * tau * (dot[0] + dot[1]);
    for (std::size_t r = first; r < n_; ++r) w[r] += shift * V(k)[r];
  }

  // Columns [end, n) of the matrix, lower triangle.
  void UpdateRest(std::size_t end, TwoThreads& both) {
    const std::size_t size = n_ - end;
    const std::size_t cut = Balanced(size);
    double* rest = a_ + end * n_ + end;
    const double* v = V(0) + end;
    const double* w = W(0) + end;
    const std::size_t stride = 2 * stride_;
    both.Run(
        [&] {
          blas::SubtractPairs(cut, kPanel, v, w, stride, rest, n_);
          blas::SubtractProduct(cut, size - cut, kPanel, v, w + cut, stride, rest + cut, n_);
          blas::SubtractProduct(cut, size - cut, kPanel, w, v + cut, stride, rest + cut, n_);
        },
        [&] {
          blas::SubtractPairs(size - cut, kPanel, v + cut, w + cut, stride, rest + cut * n_ + cut, n_);
        });
  }

  double* a_;
  std::size_t n_, stride_, middle_ = 0;
  AlignedBuffer pairs_, products_;
  std::array<Numbers, 2> dots_;
  Tridiagonal& t_;
};

}  // namespace

Result<Tridiagonal> ReduceToTridiagonal(double* matrix, std::size_t n) {
  Tridiagonal t{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
  std::size_t done = 0;
  if (n >= kMinTwoThreads + kPanel) {
    FRUITS_TRY(Reduction reduction, Reduction::Make(matrix, n, t));
    TwoThreads both;
    for (; n - done >= kMinTwoThreads + kPanel; done += kPanel) reduction.ReducePanel(done, both);
  }
  const int info = blas::ReduceToTridiagonal(n - done, matrix + done * n + done, n, t.diagonal.data() + done,
                                             t.off.data() + done, t.tau.data() + done);
  if (info != 0) return Fail(ErrorCode::kInternal, fmt::format("LAPACK's dsytrd gave up with info {}", info));
  return t;
}

}  // namespace fruits
