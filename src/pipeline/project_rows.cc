#include "pipeline/project_rows.h"

#include <fmt/format.h>

#include <vector>

#include "fruits/core/try.h"

namespace fruits {

Result<WrittenFiles> ProjectRows(FeatureRows& rows, const Fitted& fitted, Folder& folder,
                                 const ProjectRowsOptions& options, std::stop_token stop) {
  const Pca& pca = fitted.pca;
  if (rows.dimension() != pca.dimension()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the features have {} columns, the fit was made on {}", rows.dimension(),
                            pca.dimension()));
  }
  const std::size_t scaled_dimension = options.with_scaled ? pca.dimension() : 0;
  FRUITS_TRY(auto table,
             PcaResultWriter::Create(folder, pca.components_count(), {.scaled_dimension = scaled_dimension}));
  std::vector<double> scores(pca.components_count());
  std::vector<double> scaled(scaled_dimension);
  FRUITS_CHECK(rows.Rewind());
  FeatureRow row;
  for (std::uint64_t done = 0;; ++done) {
    if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while projecting");
    FRUITS_TRY(const bool more, rows.Next(row));
    if (!more) break;
    FRUITS_CHECK(pca.Project(row.features, scores));
    if (scaled_dimension > 0) FRUITS_CHECK(pca.scaler().Transform(row.features, scaled));
    FRUITS_CHECK(table->Append(row.path, row.label, scores, scaled));
    if (options.painter) {
      FRUITS_CHECK(options.painter->AddRow({.path = row.path, .label = row.label, .scores = scores}));
    }
    if (options.on_rows) options.on_rows(done + 1);
  }
  return table->Commit();
}

}  // namespace fruits
