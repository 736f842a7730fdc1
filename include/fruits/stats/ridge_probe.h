// A linear probe: how well labels can be told from features by a linear classifier that never saw the photo's
// group. The classifier is ridge regression on +1 / -1 targets, one for each label, with an intercept
// (scikit-learn's RidgeClassifier), solved in its dual form: (K + alpha I) c = y for the centred inner
// products K of the training rows (Saunders, Gammerman, Vovk 1998), so that the width of the rows is free.
//
// Threads: a plain function. Memory: 8 * n * n bytes and 8 * n a label.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/stats/gram.h"
#include "fruits/stats/row_groups.h"

namespace fruits {

struct RidgeProbeOptions {
  double ridge = 0.01;  // alpha, in means of the diagonal of K
  // One classifier is trained without each fold; more groups than this share folds, in order of their
  // numbers.
  std::size_t max_folds = 10;
};

// The label that each row gets from the classifier trained on the rows that may be asked about every group of
// its fold. Labels are numbers from 0 on. kInvalidArgument: not a label and a group for each row, fewer than
// 2 groups, a fold that no row is left for, ridge not above 0; kInternal: LAPACK gave up.
Result<std::vector<std::uint32_t>> ProbeLabels(const Gram& gram, std::span<const std::uint32_t> labels,
                                               const RowGroups& groups,
                                               const RidgeProbeOptions& options = {});

}  // namespace fruits
