#include "pipeline/part_cache.h"

#include <algorithm>
#include <utility>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"

namespace fruits {

std::size_t PartCache::BytesOf(const FeaturePart& part) {
  constexpr std::size_t kRowBytes = 300;
  return part.features.size() * sizeof(float) + (part.rows.size() + part.rejected.size()) * kRowBytes;
}

Result<const FeaturePart*> PartCache::Get(std::uint32_t part) {
  const auto found = std::ranges::find(parts_, part, &Cached::number);
  if (found != parts_.end()) {
    parts_.splice(parts_.begin(), parts_, found);
  } else {
    parts_.remove_if([](const Cached& cached) { return cached.asked >= cached.part.rows.size(); });
    // As large as the last one, most likely; room is made before it is read.
    std::size_t bytes = parts_.empty() ? 0 : BytesOf(parts_.front().part);
    for (const Cached& cached : parts_) bytes += BytesOf(cached.part);
    while (bytes > kCachedBytes && !parts_.empty()) {
      bytes -= BytesOf(parts_.back().part);
      parts_.pop_back();
    }
    FRUITS_TRY(FeaturePart loaded, Read(part));
    parts_.push_front({.number = part, .asked = 0, .part = std::move(loaded)});
  }
  ++parts_.front().asked;
  return &parts_.front().part;
}

// One row of parts is followed: those of a later run lie between its parts.
Result<FeaturePart> PartCache::Read(std::uint32_t part) {
  if (ahead_.empty() || part != ahead_first_) return ReadFeaturePart(folder_, names_[part], columns_);
  auto loaded = ahead_.front().get();
  ahead_.pop_front();
  ++ahead_first_;
  ReadAhead();
  return loaded;
}

void PartCache::ReadAhead() {
  while (ahead_.size() < kAhead && ahead_first_ + ahead_.size() < ahead_end_) {
    ahead_.push_back(std::async(std::launch::async, [this, name = names_[ahead_first_ + ahead_.size()]] {
      return Guard([&] { return ReadFeaturePart(folder_, name, columns_); });
    }));
  }
}

}  // namespace fruits
