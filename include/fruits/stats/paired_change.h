// How far an accuracy moves between two ways of answering about the same photos, and how far chance alone
// moves it: of photos that both answer alike nothing is learnt.
//
//   FRUITS_TRY(const PairedChange change, ComparePaired(right_in_f32, right_in_int8));
//
// Threads: a plain function.
#pragma once

#include <cstddef>
#include <vector>

#include "fruits/core/error.h"

namespace fruits {

struct PairedChange {
  std::size_t right_to_wrong = 0;
  std::size_t wrong_to_right = 0;
  double standard_error = 0;  // of the change of the share that is right; 0 where no answer changed
};

// Of n photos, b go from right to wrong and c from wrong to right: sqrt(b + c - (b - c)^2 / n) / n, the
// standard error of a difference of paired shares (McNemar 1947, Psychometrika 12, 153-157; Agresti,
// Categorical Data Analysis, "Models for Matched Pairs"). kInvalidArgument: no photos, other counts.
Result<PairedChange> ComparePaired(const std::vector<bool>& before, const std::vector<bool>& after);

}  // namespace fruits
