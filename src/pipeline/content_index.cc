#include "pipeline/content_index.h"

#include <algorithm>
#include <cstring>

namespace fruits {
namespace {

constexpr std::size_t kFirstSlots = 1024;

}  // namespace

ContentIndex::Key ContentIndex::KeyOf(const Sha256Digest& digest) {
  Key key;
  std::memcpy(key.data(), digest.data(), sizeof key);
  return key;
}

void ContentIndex::AddStored(const Sha256Digest& digest, RowPlace place) {
  stored_.emplace_back(KeyOf(digest), place);
}

void ContentIndex::Seal() {
  std::ranges::stable_sort(stored_, {}, [](const auto& entry) { return entry.first; });
  stored_.shrink_to_fit();
}

std::size_t ContentIndex::SlotOf(const Key& key) const {
  std::size_t slot = key[0] % keys_.size();
  while (rows_[slot] != kFree && keys_[slot] != key) slot = slot + 1 == keys_.size() ? 0 : slot + 1;
  return slot;
}

void ContentIndex::Reserve(std::size_t rows) {
  const std::lock_guard lock(mutex_);
  if (const std::size_t slots = rows + rows / 4 + 1; slots > keys_.size()) Rehash(slots);
}

void ContentIndex::Rehash(std::size_t slots) {
  const auto keys = std::exchange(keys_, std::vector<Key>(slots));
  const auto rows = std::exchange(rows_, std::vector<std::uint32_t>(slots, kFree));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (rows[i] == kFree) continue;
    const std::size_t slot = SlotOf(keys[i]);
    keys_[slot] = keys[i];
    rows_[slot] = rows[i];
  }
}

ContentIndex::Claimed ContentIndex::Claim(const Sha256Digest& digest, std::size_t row) {
  const Key key = KeyOf(digest);
  const auto stored =
      std::ranges::lower_bound(stored_, key, {}, [](const auto& entry) { return entry.first; });
  if (stored != stored_.end() && stored->first == key)
    return {.is_first = false, .stored = stored->second, .row = 0};
  const std::lock_guard lock(mutex_);
  if (5 * used_ >= 4 * keys_.size()) Rehash(keys_.empty() ? kFirstSlots : keys_.size() + keys_.size() / 2);
  const std::size_t slot = SlotOf(key);
  if (rows_[slot] != kFree) return {.is_first = false, .stored = {}, .row = rows_[slot]};
  keys_[slot] = key;
  rows_[slot] = static_cast<std::uint32_t>(row);
  ++used_;
  return {};
}

}  // namespace fruits
