#include "fruits/report/run_painter.h"

#include <future>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"

namespace fruits {
namespace {

// A share of the first two components, or "not said" where there is no such component.
std::array<double, 2> FirstTwo(const Pca& pca, double (Pca::*share)(std::size_t) const) {
  std::array<double, 2> shares = {-1, -1};
  for (std::size_t i = 0; i < shares.size() && i < pca.components_count(); ++i) shares[i] = (pca.*share)(i);
  return shares;
}

}  // namespace

void RunPainter::Begin(const Fitted& fitted) {
  const Pca& pca = fitted.pca;
  const auto kept = pca.eigenvalues().first(pca.components_count());
  scree_ = {.eigenvalues = {kept.begin(), kept.end()}, .total_variance = pca.total_variance()};
  projection_.emplace(ProjectionSvgOptions{.shares = FirstTwo(pca, &Pca::ExplainedVarianceRatio),
                                           .shares_of_kept = FirstTwo(pca, &Pca::ShareOfKept),
                                           .components = pca.components_count()});
}

Status RunPainter::AddPoint(std::string_view label, double first, double second) {
  return projection_->Add(label, first, second);
}

Result<WrittenFiles> RunPainter::Paint(Folder& folder) {
  WrittenFiles files;
  FRUITS_TRY(const std::string scree, ScreeSvg(scree_));
  // Side by side: in a bucket both wait for an answer.
  auto writing =
      std::async(std::launch::async, [&] { return Guard([&] { return folder.Write("scree.svg", scree); }); });
  if (projection_->points_seen() > 0) {
    FRUITS_TRY(const auto file, folder.Create("projection.svg"));
    FRUITS_CHECK(projection_->Write([&](std::string_view text) { return file->Append(text); }));
    FRUITS_TRY(files["projection.svg"], file->Commit());
  }
  FRUITS_TRY(files["scree.svg"], writing.get());
  return files;
}

}  // namespace fruits
