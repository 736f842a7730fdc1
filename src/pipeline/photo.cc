#include "pipeline/photo.h"

#include <utility>

namespace fruits {

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
