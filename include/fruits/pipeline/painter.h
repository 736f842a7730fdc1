// Who draws a run's pictures. The pipeline knows only this; the report room draws.
// Threads: called from one thread. Memory: a painter may keep 12 bytes a point.
#pragma once

#include <string_view>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "fruits/io/result_table.h"
#include "fruits/stats/fitted.h"

namespace fruits {

class Painter {
 public:
  virtual ~Painter() = default;
  // The fit that the points belong to; before them, once.
  virtual void Begin(const Fitted& fitted) = 0;
  // One projected row: its first two scores (the second is 0 where K is 1).
  virtual Status AddPoint(std::string_view label, double first, double second) = 0;
  // Writes the pictures of the fit and, where there were any, of the points; returns what was written.
  virtual Result<WrittenFiles> Paint(Folder& folder) = 0;
};

}  // namespace fruits
