// Householder reduction of a symmetric matrix to tridiagonal form, in two threads.
//
// LAPACK's dsytrd for the lower triangle of a column-major matrix (the upper one by rows): panels by the
// scheme of dlatrd, then a rank-2k update of the rest. Half of the operations multiply the matrix with a
// reflector, and wait for memory; half are the update. Both are cut in two at places that depend on n alone,
// so the bytes do too, wherever the parts run. The last few hundred columns are LAPACK's, in the calling
// thread. Threads: any number of callers, each with a helper of its own. Memory: about 1050 * n bytes.
#pragma once

#include <cstddef>
#include <vector>

#include "fruits/core/error.h"

namespace fruits {

struct Tridiagonal {
  std::vector<double> diagonal, off;  // n each; off[i] stands between i and i + 1, its last is not used
  std::vector<double> tau;            // of the n - 1 reflectors, as LAPACK's dormtr reads them
};

// `matrix` (n x n, n >= 1) starts on a 64-byte boundary. Its lower triangle is overwritten: reflector i
// stands below row i + 1 of column i. kInternal: LAPACK gave up. kResourceExhausted: no memory for the
// panels.
Result<Tridiagonal> ReduceToTridiagonal(double* matrix, std::size_t n);

}  // namespace fruits
