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
  std::ranges::stable_sort(rows_, {}, &Row::path);
  paths_ = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) paths_ += i == 0 || rows_[i].path != rows_[i - 1].path;
}

StoredIndex::Found StoredIndex::Find(std::string_view raw_path, const FileFacts& facts) const {
  const auto equal = std::ranges::equal_range(rows_, KeyOf(raw_path), {}, &Row::path);
  if (equal.empty()) return {};
  const std::uint64_t state = StateOf(facts);
  // A run that died while it moved rows leaves some twice: what was stored last counts, and features more
  // than a rejection, which may have been tried again.
  const Row* best = nullptr;
  for (const Row& row : equal) {
    if (row.state != state || !row.place.known()) continue;
    if (!best || best->place.rejected >= row.place.rejected) best = &row;
  }
  if (!best) return {.match = Match::kChanged, .place = {}};
  return {.match = Match::kSame, .place = best->place};
}

}  // namespace fruits
