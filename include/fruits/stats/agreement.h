// How far two sets of features of the same photos, and what was fitted on each, agree.
// Threads: plain functions.
#pragma once

#include <cstddef>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/core/matrix_view.h"

namespace fruits {

struct CosineSummary {
  double mean = 0;
  double percentile_1 = 0;  // 1 % of the rows lie below it
  double min = 0;
};

// The cosine between row i of one and row i of the other; 1 where both are zero, 0 where one is.
// kInvalidArgument: no rows, other sizes.
Result<CosineSummary> CompareRows(MatrixView<const float> a, MatrixView<const float> b);

// The angles between the spaces that the rows of `a` and those of `b` span, in degrees, smallest first: their
// cosines are the singular values of A B^T (Bjoerck, Golub 1973). Rows are orthonormal, as components are.
// kInvalidArgument: other sizes; kInternal: LAPACK gave up.
Result<std::vector<double>> PrincipalAngles(MatrixView<const double> a, MatrixView<const double> b);

}  // namespace fruits
