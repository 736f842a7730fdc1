// The rows that a folder's parts hold, to be found by path as a listing brings them.
//
//   index.Add(raw_path, facts, place);  ...  index.Seal();
//   const StoredIndex::Found found = index.Find(raw_path, facts_now);
//
// A row is done if path and size are equal, and the ETag where both sides have one, the modification time
// otherwise. Paths are kept as the first 16 bytes of their SHA-256, which 10^7 photos share by accident with
// a probability of 1e-25. Threads: Find() any, once sealed. Memory: 32 bytes a row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fruits/io/file.h"
#include "pipeline/row_place.h"

namespace fruits {

class StoredIndex {
 public:
  enum class Match { kNone, kChanged, kSame };
  struct Found {
    Match match = Match::kNone;
    RowPlace place;  // of kSame
  };

  void Add(std::string_view raw_path, const FileFacts& facts, RowPlace place);
  // A row that is to be done again: its photo counts as changed.
  void AddStale(std::string_view raw_path);
  void Seal();
  Found Find(std::string_view raw_path, const FileFacts& facts) const;
  std::size_t paths() const { return paths_; }  // different ones

 private:
  using Key = std::array<std::uint64_t, 2>;
  struct Row {
    Key path;
    std::uint64_t state;
    RowPlace place;
  };
  static Key KeyOf(std::string_view raw_path);
  static std::uint64_t StateOf(const FileFacts& facts);

  std::vector<Row> rows_;
  std::size_t paths_ = 0;
};

}  // namespace fruits
