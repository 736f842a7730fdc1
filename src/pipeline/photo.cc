#include "pipeline/photo.h"

#include <utility>

namespace fruits {

std::variant<FeaturizedPhoto, RejectedRow> OutcomeAt(const FeaturePart& part, RowPlace place) {
  if (place.rejected) return part.rejected[place.row];
  const auto first =
      part.features.begin() + static_cast<std::ptrdiff_t>(std::size_t{place.row} * part.dimension);
  FeaturizedPhoto photo{.photo = part.rows[place.row],
                        .features = {first, first + static_cast<std::ptrdiff_t>(part.dimension)},
                        .thumbnail = std::nullopt};
  if (!part.thumbnails.empty()) photo.thumbnail = part.thumbnails[place.row];
  return photo;
}

FeaturizedPhoto CopyOf(PhotoRow photo, const FeaturizedPhoto& origin) {
  photo.width = origin.photo.width;
  photo.height = origin.photo.height;
  return {.photo = std::move(photo), .features = origin.features, .thumbnail = origin.thumbnail};
}

RejectedRow CopyOf(const PhotoRow& photo, const RejectedRow& origin) {
  return {.path = photo.path,
          .stage = origin.stage,
          .reason = origin.reason,
          .size_bytes = photo.size_bytes,
          .etag = photo.etag,
          .mtime_ns = photo.mtime_ns};
}

}  // namespace fruits
