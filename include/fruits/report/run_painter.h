// The pictures of a run: scree.svg, and where rows were projected projection.svg and report.html.
//
//   RunPainter painter({.thumbnails = options.report_thumbnails});
//   Run(options, {.painter = &painter});
//
// Threads: one user. Memory: as ProjectionSvg and ReportPage.
#pragma once

#include <cstddef>
#include <optional>

#include "fruits/core/error.h"
#include "fruits/pipeline/painter.h"
#include "fruits/report/projection_svg.h"
#include "fruits/report/report_page.h"
#include "fruits/report/scree_svg.h"

namespace fruits {

struct RunPainterOptions {
  std::optional<std::size_t> thumbnails = {};  // in the report; none: as many as its bound allows
};

class RunPainter : public Painter {
 public:
  explicit RunPainter(const RunPainterOptions& options) : options_(options) {}

  void Begin(const Fitted& fitted, std::uint64_t rows) override;
  Status AddRow(const ProjectedRow& row) override;
  Result<WrittenFiles> Paint(Folder& folder, const PaintedRun& run) override;

 private:
  Result<WrittenFile> WriteProjection(Folder& folder) const;
  Result<WrittenFile> WriteReport(Folder& folder, const PaintedRun& run);

  const RunPainterOptions options_;
  ScreeData scree_;
  ReportFacts facts_;
  std::optional<ProjectionSvg> projection_;
  std::optional<ReportPage> page_;
};

}  // namespace fruits
