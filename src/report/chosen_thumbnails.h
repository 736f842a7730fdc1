// The small pictures that go into a report: of all points where they fit, else of the photos it points out,
// and of an even part of the others.
//
//   ChosenThumbnails chosen(sample.paths, named, {.max_bytes = 20'000'000});
//   FRUITS_CHECK(chosen.Read(folder));
//   chosen.text(i);   // base64 of a WebP; "" where point i has none
//
// Threads: one user; up to 4 parts are read meanwhile. Memory: the pictures chosen, 100 bytes a point, 5
// parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"

namespace fruits::report {

class ChosenThumbnails {
 public:
  struct Limits {
    std::size_t max_count = SIZE_MAX;
    std::size_t max_bytes = SIZE_MAX;  // of the base64 texts
  };
  // `paths` must outlive this; `named` are points that go first, the first of them before all.
  ChosenThumbnails(const std::vector<std::string>& paths, const std::vector<std::uint32_t>& named,
                   Limits limits);

  // Takes what the folder's thumbs/ hold of the points. The folder's errors, kCorrupt.
  Status Read(const Folder& folder);
  const std::string& text(std::size_t point) const { return texts_[point]; }
  std::size_t count() const { return kept_.size(); }
  std::size_t points() const { return texts_.size(); }

 private:
  void Take(std::uint32_t point, std::string_view webp);

  const Limits limits_;
  std::vector<std::uint32_t> rank_;  // of a point: low ones go first
  std::unordered_map<std::string_view, std::uint32_t> point_of_;
  std::map<std::uint32_t, std::uint32_t> kept_;  // points by rank
  std::vector<std::string> texts_;
  std::size_t bytes_ = 0;
};

}  // namespace fruits::report
