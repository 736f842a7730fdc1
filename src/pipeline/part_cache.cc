#include "pipeline/part_cache.h"

#include <algorithm>
#include <utility>

#include "fruits/core/try.h"

namespace fruits {

Result<const FeaturePart*> PartCache::Get(std::uint32_t part) {
  const auto found = std::ranges::find(parts_, part, &Cached::number);
  if (found != parts_.end()) {
    parts_.splice(parts_.begin(), parts_, found);
  } else {
    parts_.remove_if([](const Cached& cached) { return cached.asked >= cached.part.rows.size(); });
    if (parts_.size() == kCachedParts) parts_.pop_back();
    FRUITS_TRY(FeaturePart loaded, ReadFeaturePart(folder_, names_[part], columns_));
    parts_.push_front({.number = part, .asked = 0, .part = std::move(loaded)});
  }
  ++parts_.front().asked;
  return &parts_.front().part;
}

}  // namespace fruits
