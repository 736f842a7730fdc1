// y += what some columns of a symmetric matrix add to A x, each entry of the lower triangle read once.
//
// OpenBLAS has this inside its dsymv, but only for all columns at once. The matrix streams from memory, so
// what counts is to touch it once; with AVX2 one core asks for as much as it can get. Threads: a plain
// function.
#pragma once

#include <cstddef>

namespace fruits {

// `a`: column-major, leading dimension lda, n x n; columns [begin, end) are read from the diagonal down.
// y[begin, n) is added to.
void AddSymmetricColumns(const double* a, std::size_t lda, std::size_t begin, std::size_t end, std::size_t n,
                         const double* x, double* y);

// The same without AVX2, for machines that lack it.
void AddSymmetricColumnsPlain(const double* a, std::size_t lda, std::size_t begin, std::size_t end,
                              std::size_t n, const double* x, double* y);

}  // namespace fruits
