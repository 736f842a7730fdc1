// Feature rows to pca_result.csv and .parquet, and points for the pictures.
// Threads: one caller. Memory: as PcaResultWriter and the painter.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "fruits/io/result_table.h"
#include "fruits/pipeline/painter.h"
#include "fruits/stats/fitted.h"
#include "pipeline/feature_rows.h"

namespace fruits {

struct ProjectRowsOptions {
  bool with_scaled = false;
  Painter* painter = nullptr;                       // may be null
  std::function<void(std::uint64_t done)> on_rows;  // may be empty
};

// kInvalidArgument: the rows are not as wide as the fit.
Result<WrittenFiles> ProjectRows(FeatureRows& rows, const Fitted& fitted, Folder& folder,
                                 const ProjectRowsOptions& options, std::stop_token stop);

}  // namespace fruits
