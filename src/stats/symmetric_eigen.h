// Every eigenvalue of a symmetric matrix and the eigenvectors of the largest few.
//
// Householder reduction to tridiagonal form, the values by Pal-Walker-Kahan QL (dsterf), the wanted vectors
// by relatively robust representations (dstemr), turned back. The vectors' orthogonality and residual are
// checked; should they fail, all vectors are found by divide and conquer (dstedc), which needs 16 * n * n
// bytes more. The reduction runs in two threads with a fixed cut (tridiagonal.h), the rest in the caller's:
// the bytes depend on the matrix alone. Memory: the matrix, which is overwritten, 8 * n * count and 1100 * n.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "fruits/core/error.h"
#include "stats/aligned_buffer.h"

namespace fruits {

struct Spectrum {
  std::vector<double> values;   // all n, largest first; what rounding made negative is 0
  std::vector<double> vectors;  // count x n, row-major, unit length, in the order of the values
};

enum class VectorMethod { kAuto, kDivideAndConquer };

// Reads row i of the matrix from column i on (the upper triangle by rows). choose_count gets all eigenvalues
// and says how many vectors are wanted, 1 to n; its error is passed on. kInternal: LAPACK gave up.
Result<Spectrum> SolveSymmetric(
    AlignedBuffer matrix, std::size_t n,
    const std::function<Result<std::size_t>(std::span<const double> values)>& choose_count,
    VectorMethod method = VectorMethod::kAuto);

// Turns the sign so that the entry of largest magnitude (the first of equals) is positive.
void Orient(std::span<double> vector);

}  // namespace fruits
