// The scree plot: how much of the variance each component keeps, as bars, and all up to it, as a line.
//
//   Result<std::string> svg = ScreeSvg({.eigenvalues = kept, .total_variance = pca.total_variance()});
//   if (svg) write("scree.svg", *svg);
//
// Two scales say two things: on the left the share of the total variance (explained_variance_ratio, as in
// scikit-learn), on the right the share of the K components kept (what Spark reports for wide data, where the
// shares end at exactly 100 %). Both also stand as text. Threads: any. Memory: the text, at most 6 KB + 400
// bytes a component. Same data, same bytes.
#pragma once

#include <string>
#include <vector>

#include "fruits/core/error.h"

namespace fruits {

struct ScreeData {
  std::vector<double> eigenvalues;  // of the K components kept, largest first
  double total_variance = 0;        // of all components: at least the sum of those
  std::string title = "Variance explained by each component";
};

// An SVG 1.1 document. No variance at all (every photo equal) gives shares of 0.
// kInvalidArgument: no component, a value that is not finite, or one below 0 or a sum above the total by more
// than rounding (1e-9 of the total).
Result<std::string> ScreeSvg(const ScreeData& data);

}  // namespace fruits
