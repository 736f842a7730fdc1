#include "pipeline/stored_index.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "fruits/core/sha256.h"

namespace fruits {

StoredIndex::Key StoredIndex::KeyOf(std::string_view raw_path) {
  const Sha256Digest digest = Sha256Of(raw_path);
  Key key;
  std::memcpy(key.data(), digest.data(), sizeof key);
  return key;
}

std::uint64_t StoredIndex::StateOf(const FileFacts& facts) {
  std::string text = std::to_string(facts.size_bytes);
  text += facts.etag.empty() ? "/" + std::to_string(facts.mtime_ns) : "=" + facts.etag;
  return KeyOf(text)[0];
}

void StoredIndex::Add(std::string_view raw_path, const FileFacts& facts, RowPlace place) {
  rows_.push_back({.path = KeyOf(raw_path), .state = StateOf(facts), .place = place});
}

void StoredIndex::AddStale(std::string_view raw_path) {
  rows_.push_back({.path = KeyOf(raw_path), .state = 0, .place = {}});
}

void StoredIndex::Seal() {
  // A path stored twice is found at its first place, whatever a sort makes of equal rows.
  std::ranges::stable_sort(rows_, {}, &Row::path);
}

StoredIndex::Found StoredIndex::Find(std::string_view raw_path, const FileFacts& facts) const {
  const auto equal = std::ranges::equal_range(rows_, KeyOf(raw_path), {}, &Row::path);
  if (equal.empty()) return {};
  const std::uint64_t state = StateOf(facts);
  for (const Row& row : equal) {
    if (row.state == state && row.place.known()) return {.match = Match::kSame, .place = row.place};
  }
  return {.match = Match::kChanged, .place = {}};
}

}  // namespace fruits
