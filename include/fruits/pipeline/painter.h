// Who draws a run's pictures and its report. The pipeline knows only this; the report room draws.
// Threads: called from one thread. Memory: a painter may keep 12 bytes a point, and what it bounds itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "fruits/io/result_table.h"
#include "fruits/stats/fitted.h"

namespace fruits {

struct ProjectedRow {
  std::string_view path;  // URI
  std::string_view label;
  std::span<const double> scores;  // K
};

// What else is known when the pictures are drawn.
struct PaintedRun {
  std::string record;              // what run.json will say, but for its files
  const Folder* photos = nullptr;  // the folder whose thumbs/ belong to the rows; may be null
};

class Painter {
 public:
  virtual ~Painter() = default;
  // The fit that the rows belong to, and how many will come; before them, once.
  virtual void Begin(const Fitted& fitted, std::uint64_t rows) = 0;
  virtual Status AddRow(const ProjectedRow& row) = 0;
  // Writes the pictures of the fit and, where there were any, of the rows; returns what was written.
  virtual Result<WrittenFiles> Paint(Folder& folder, const PaintedRun& run) = 0;
};

}  // namespace fruits
