// Scaler and PCA from feature rows: by their moments, or by the Gram matrix where rows are wide.
// Threads: one caller. Memory: as Moments and Pca, or WidePca, say.
#pragma once

#include <stop_token>
#include <string>

#include "fruits/core/error.h"
#include "fruits/core/progress.h"
#include "fruits/pipeline/options.h"
#include "fruits/stats/fitted.h"
#include "pipeline/block_moments.h"
#include "pipeline/feature_rows.h"

namespace fruits {

inline bool IsWide(std::size_t dimension) { return dimension > kMaxCovarianceDimension; }

// What no better rows can mend, before any is read: too few of them, too many components.
Status CheckFit(const RunOptions& options, std::size_t rows, std::size_t dimension);

Result<Fitted> FitMoments(BlockMoments::Totals totals, const RunOptions& options,
                          const std::string& fingerprint);
// Reads the rows once for their moments; wide ones several times.
Result<Fitted> FitRows(FeatureRows& rows, const RunOptions& options, const std::string& fingerprint,
                       std::stop_token stop);

}  // namespace fruits
