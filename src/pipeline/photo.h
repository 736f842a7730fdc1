// One photo on its way through a run.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fruits/io/feature_part.h"

namespace fruits {

// A photo that became a feature row.
struct FeaturizedPhoto {
  PhotoRow photo;
  std::vector<float> features;
  std::optional<std::string> thumbnail;  // none: not wanted; empty: it could not be made
};

// What became of a catalog row.
struct PhotoOutcome {
  std::size_t row = 0;
  std::variant<FeaturizedPhoto, RejectedRow> what;
};

}  // namespace fruits
