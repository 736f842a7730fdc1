// Which photo has which bytes, so that the same bytes are featurized once.
//
//   index.AddStored(digest, place);  ...  index.Seal();
//   const auto claim = index.Claim(digest, row);    // the first row of these bytes gets them
//
// Bytes are told apart by the first 16 bytes of their SHA-256, which 10^7 photos share by accident with a
// probability of 1e-25. Threads: Claim() any. Memory: 24 bytes a stored row, 25 to 38 bytes a row of this
// run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "fruits/core/sha256.h"
#include "pipeline/row_place.h"

namespace fruits {

class ContentIndex {
 public:
  struct Claimed {
    bool is_first = true;  // nobody has these bytes: they are the row's now
    RowPlace stored;       // else where they were stored before this run, or
    std::size_t row = 0;   // the row that claimed them
  };

  void AddStored(const Sha256Digest& digest, RowPlace place);
  void Seal();
  void Reserve(std::size_t rows);  // where their number is known: no more memory than they need
  Claimed Claim(const Sha256Digest& digest, std::size_t row);

 private:
  using Key = std::array<std::uint64_t, 2>;
  static constexpr std::uint32_t kFree = 0xFFFFFFFF;
  void Rehash(std::size_t slots);
  // Where the key is, or would be.
  std::size_t SlotOf(const Key& key) const;
  static Key KeyOf(const Sha256Digest& digest);

  std::vector<std::pair<Key, RowPlace>> stored_;
  std::mutex mutex_;
  // Open addressing: rows_[i] has the bytes keys_[i].
  std::vector<Key> keys_;
  std::vector<std::uint32_t> rows_;
  std::size_t used_ = 0;
};

}  // namespace fruits
