#include "fruits/report/run_painter.h"

#include <future>
#include <string>
#include <string_view>
#include <utility>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "report/rejected_rows.h"

namespace fruits {
namespace {

// A share of the first two components, or "not said" where there is no such component.
std::array<double, 2> FirstTwo(const Pca& pca, double (Pca::*share)(std::size_t) const) {
  std::array<double, 2> shares = {-1, -1};
  for (std::size_t i = 0; i < shares.size() && i < pca.components_count(); ++i) shares[i] = (pca.*share)(i);
  return shares;
}

}  // namespace

void RunPainter::Begin(const Fitted& fitted, std::uint64_t rows) {
  const Pca& pca = fitted.pca;
  const auto all = pca.eigenvalues();
  const auto kept = all.first(pca.components_count());
  scree_ = {.eigenvalues = {kept.begin(), kept.end()}, .total_variance = pca.total_variance()};
  facts_ = {.record = {},
            .eigenvalues = {all.begin(), all.end()},
            .components = pca.components_count(),
            .total_variance = pca.total_variance(),
            .rejected = {}};
  projection_.emplace(ProjectionSvgOptions{.shares = FirstTwo(pca, &Pca::ExplainedVarianceRatio),
                                           .shares_of_kept = FirstTwo(pca, &Pca::ShareOfKept),
                                           .components = pca.components_count()});
  page_.emplace(ReportPageOptions{.rows = rows, .thumbnails = options_.thumbnails});
}

Status RunPainter::AddRow(const ProjectedRow& row) {
  const double second = row.scores.size() > 1 ? row.scores[1] : 0;
  FRUITS_CHECK(projection_->Add(row.label, row.scores[0], second));
  return page_->Add(row);
}

Result<WrittenFile> RunPainter::WriteProjection(Folder& folder) const {
  FRUITS_TRY(const auto file, folder.Create("projection.svg"));
  FRUITS_CHECK(projection_->Write([&](std::string_view text) { return file->Append(text); }));
  return file->Commit();
}

Result<WrittenFile> RunPainter::WriteReport(Folder& folder, const PaintedRun& run) {
  facts_.record = run.record;
  FRUITS_TRY(facts_.rejected, report::ReadRejectedRows(folder, ReportPage::kMaxRejected));
  FRUITS_TRY(const auto file, folder.Create("report.html"));
  FRUITS_CHECK(
      std::move(*page_).Write(facts_, run.photos, [&](std::string_view text) { return file->Append(text); }));
  return file->Commit();
}

Result<WrittenFiles> RunPainter::Paint(Folder& folder, const PaintedRun& run) {
  WrittenFiles files;
  FRUITS_TRY(const std::string scree, ScreeSvg(scree_));
  // Side by side: in a bucket each waits for answers.
  const auto begin = [](auto write) {
    return std::async(std::launch::async, [write] { return Guard(write); });
  };
  auto writing_scree = begin([&] { return folder.Write("scree.svg", scree); });
  if (projection_->points_seen() > 0) {
    auto writing_projection = begin([&] { return WriteProjection(folder); });
    FRUITS_TRY(files["report.html"], WriteReport(folder, run));
    FRUITS_TRY(files["projection.svg"], writing_projection.get());
  }
  FRUITS_TRY(files["scree.svg"], writing_scree.get());
  return files;
}

}  // namespace fruits
