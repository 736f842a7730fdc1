#include "pipeline/part_cache.h"

#include <algorithm>

#include "fruits/core/try.h"

namespace fruits {

Result<const FeaturePart*> PartCache::Get(std::uint32_t part) {
  const auto found =
      std::find_if(parts_.begin(), parts_.end(), [&](const auto& cached) { return cached.first == part; });
  if (found != parts_.end()) {
    parts_.splice(parts_.begin(), parts_, found);
    return &parts_.front().second;
  }
  if (parts_.size() == kCachedParts) parts_.pop_back();
  FRUITS_TRY(FeaturePart loaded, ReadFeaturePart(folder_, names_[part], columns_));
  parts_.emplace_front(part, std::move(loaded));
  return &parts_.front().second;
}

}  // namespace fruits
