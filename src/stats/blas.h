// The few BLAS and LAPACK calls of this room, all of them in the calling thread.
//
// OpenBLAS cuts a product by its number of threads, and the cut changes the last bits. Its thread count is
// one number for the whole process, so it is set to 1 once, before the first call, and never changed: then
// any number of threads may call in here together, and a result's bytes depend on its input alone; who wants
// two threads cuts the work himself, at a fixed place. Matrices are row-major unless said otherwise.
#pragma once

#include <cblas.h>
#include <lapacke.h>

#include <cstddef>
#include <vector>

namespace fruits::blas {

inline void StayInThread() {
  [[maybe_unused]] static const bool once = [] {
    scipy_openblas_set_num_threads(1);
    return true;
  }();
}

// C (m x n) = A op(B) + beta C, A being m x k.
inline void Multiply(CBLAS_TRANSPOSE op_b, std::size_t m, std::size_t n, std::size_t k, const double* a,
                     std::size_t lda, const double* b, std::size_t ldb, double beta, double* c,
                     std::size_t ldc) {
  StayInThread();
  scipy_cblas_dgemm(CblasRowMajor, CblasNoTrans, op_b, static_cast<int>(m), static_cast<int>(n),
                    static_cast<int>(k), 1.0, a, static_cast<int>(lda), b, static_cast<int>(ldb), beta, c,
                    static_cast<int>(ldc));
}

// Upper triangle of C (n x n) = A A^T + beta C for A n x k.
inline void MultiplyBySelf(std::size_t n, std::size_t k, const double* a, std::size_t lda, double beta,
                           double* c, std::size_t ldc) {
  StayInThread();
  scipy_cblas_dsyrk(CblasRowMajor, CblasUpper, CblasNoTrans, static_cast<int>(n), static_cast<int>(k), 1.0, a,
                    static_cast<int>(lda), beta, c, static_cast<int>(ldc));
}

// y -= the sum of the `rows` rows of A, each times its factor.
inline void SubtractRows(std::size_t rows, std::size_t width, const double* a, std::size_t lda,
                         const double* factor, double* y) {
  StayInThread();
  scipy_cblas_dgemv(CblasRowMajor, CblasTrans, static_cast<int>(rows), static_cast<int>(width), -1.0, a,
                    static_cast<int>(lda), factor, 1, 1.0, y, 1);
}

// The product of each row of A with x.
inline void DotRows(std::size_t rows, std::size_t width, const double* a, std::size_t lda, const double* x,
                    double* out) {
  StayInThread();
  scipy_cblas_dgemv(CblasRowMajor, CblasNoTrans, static_cast<int>(rows), static_cast<int>(width), 1.0, a,
                    static_cast<int>(lda), x, 1, 0.0, out, 1);
}

// C (m x n) -= A^T B for A k x m and B k x n, rows of both `stride` apart.
inline void SubtractProduct(std::size_t m, std::size_t n, std::size_t k, const double* a, const double* b,
                            std::size_t stride, double* c, std::size_t ldc) {
  StayInThread();
  scipy_cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, static_cast<int>(m), static_cast<int>(n),
                    static_cast<int>(k), -1.0, a, static_cast<int>(stride), b, static_cast<int>(stride), 1.0,
                    c, static_cast<int>(ldc));
}

// Upper triangle of C (n x n) -= A^T B + B^T A for A and B k x n, rows of both `stride` apart.
inline void SubtractPairs(std::size_t n, std::size_t k, const double* a, const double* b, std::size_t stride,
                          double* c, std::size_t ldc) {
  StayInThread();
  scipy_cblas_dsyr2k(CblasRowMajor, CblasUpper, CblasTrans, static_cast<int>(n), static_cast<int>(k), -1.0, a,
                     static_cast<int>(stride), b, static_cast<int>(stride), 1.0, c, static_cast<int>(ldc));
}

// LAPACK, column-major; each gives LAPACK's info (0: done) unless said otherwise. Lower triangle in
// column-major order is the upper triangle in row-major order, so symmetric matrices need no copy.
inline int ReduceToTridiagonal(std::size_t n, double* a, std::size_t lda, double* diagonal, double* off,
                               double* tau) {
  StayInThread();
  std::vector<double> work(64 * n);
  return scipy_LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'L', static_cast<int>(n), a, static_cast<int>(lda),
                                   diagonal, off, tau, work.data(), static_cast<int>(work.size()));
}

// Brings x (count >= 1) to (beta, 0, ..., 0): beta and the reflector's entries below its leading 1 stand in x
// then. Returns tau.
inline double MakeReflector(std::size_t count, double* x) {
  StayInThread();
  double tau = 0;
  scipy_LAPACKE_dlarfg_work(static_cast<int>(count), x, x + 1, 1, &tau);
  return tau;
}

inline int TridiagonalValues(int n, double* diagonal, double* off) {
  StayInThread();
  return scipy_LAPACKE_dsterf_work(n, diagonal, off);
}

// Z = Q Z for the Q of ReduceToTridiagonal; Z is n x k.
inline int ApplyReduction(int n, int k, const double* a, const double* tau, double* z, double* work,
                          int lwork) {
  StayInThread();
  return scipy_LAPACKE_dormtr_work(LAPACK_COL_MAJOR, 'L', 'L', 'N', n, k, a, n, tau, z, n, work, lwork);
}

// Solves A X = B for the symmetric positive A (n x n, overwritten) and `count` right sides of n, one after
// the other in b, which become the solutions.
inline int SolvePositive(std::size_t n, double* a, std::size_t count, double* b) {
  StayInThread();
  return scipy_LAPACKE_dposv_work(LAPACK_COL_MAJOR, 'L', static_cast<int>(n), static_cast<int>(count), a,
                                  static_cast<int>(n), b, static_cast<int>(n));
}

// The singular values of A (n x n, overwritten), largest first.
inline int SingularValues(std::size_t n, double* a, double* values) {
  StayInThread();
  std::vector<double> work(64 * n + 64);
  const int size = static_cast<int>(n);
  return scipy_LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, 'N', 'N', size, size, a, size, values, nullptr, 1,
                                   nullptr, 1, work.data(), static_cast<int>(work.size()));
}

}  // namespace fruits::blas
