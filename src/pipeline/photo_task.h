// Some photos of a run's work, as text that travels to whoever computes them.
//
//   {"fingerprint": "ab12...", "first_part": 12, "photos": [["file:///a/b.jpg", 4711, 1700000000000000000,
//   ""], ...]}
//
// Threads: value types. Memory: some 100 bytes a photo.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "pipeline/plan.h"

namespace fruits {

struct PhotoTask {
  std::string fingerprint;     // of the features that are wanted
  std::size_t first_part = 0;  // the lowest number of a part for them: tasks' parts stand in catalog order
  std::vector<PhotoToRead> photos;  // `row` counts from 0 in each task
};

std::string Serialize(const PhotoTask& task);
Result<PhotoTask> ParsePhotoTask(std::string_view text);  // kCorrupt

}  // namespace fruits
