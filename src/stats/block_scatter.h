// The second half of a moments update: the scatter of a block, or of other moments, added to a packed
// triangle.
#pragma once

#include <cstddef>

#include "stats/block.h"
#include "stats/panel_product.h"

namespace fruits {

// A row of the triangle, `count` values: into += other + c * delta.
void MergeScatterRow(const double* other, double c, const double* delta, std::size_t count, double* into);

// scatter (upper triangle, packed by rows) += the block's own and what `step` adds. It is never held whole: a
// few columns are multiplied and added at a time, while the columns that they meet stay in the cache.
void MergeBlockScatter(const CentredBlock& block, const MergeStep& step, const PanelProduct& product,
                       double* scatter);

}  // namespace fruits
