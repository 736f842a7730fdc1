// The pictures of a run: scree.svg, and projection.svg where points were added.
//
//   RunPainter painter;
//   Run(options, {.painter = &painter});
//
// Threads: one user. Memory: as ProjectionSvg.
#pragma once

#include <optional>
#include <string_view>

#include "fruits/core/error.h"
#include "fruits/pipeline/painter.h"
#include "fruits/report/projection_svg.h"
#include "fruits/report/scree_svg.h"

namespace fruits {

class RunPainter : public Painter {
 public:
  void Begin(const Fitted& fitted) override;
  Status AddPoint(std::string_view label, double first, double second) override;
  Result<WrittenFiles> Paint(Folder& folder) override;

 private:
  ScreeData scree_;
  std::optional<ProjectionSvg> projection_;
};

}  // namespace fruits
