// One photo on its way through a run.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fruits/io/feature_part.h"
#include "pipeline/row_place.h"

namespace fruits {

// A photo that became a feature row.
struct FeaturizedPhoto {
  PhotoRow photo;
  std::vector<float> features;
  std::optional<std::string> thumbnail;  // none: not wanted; empty: it could not be made
};

// A photo whose bytes are those of another: it becomes what that one became.
struct CopiedPhoto {
  PhotoRow photo;              // without the picture's size
  RowPlace stored;             // the other's place, where it was stored before this run; else
  std::size_t origin_row = 0;  // its row, which comes before this one
};

// What became of a catalog row.
struct PhotoOutcome {
  std::size_t row = 0;
  std::variant<FeaturizedPhoto, RejectedRow, CopiedPhoto> what;
  bool copied = false;  // `what` is, or was, a copy
};

// What a part holds at a place.
std::variant<FeaturizedPhoto, RejectedRow> OutcomeAt(const FeaturePart& part, RowPlace place);

// A copy made good: `photo` with what is known of the picture from its origin.
FeaturizedPhoto CopyOf(PhotoRow photo, const FeaturizedPhoto& origin);
RejectedRow CopyOf(const PhotoRow& photo, const RejectedRow& origin);

}  // namespace fruits
