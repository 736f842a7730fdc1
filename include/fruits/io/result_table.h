// The tables of a run, written row by row: pca_result.csv and .parquet, rejected.csv.
//
//   auto table = PcaResultWriter::Create(folder, 7, {});
//   FRUITS_CHECK((*table)->Append("file:///a.jpg", "Apple", scores));
//   FRUITS_TRY(auto files, (*table)->Commit());
//
// CSV by RFC 4180: comma, LF, quotes only where needed. The vector is a JSON list, every number in its
// shortest form that reads back to the same double. Threads: one writer per object. Memory: one row group: at
// most 4,096 rows, and 32 MiB where rows are wide, twice while it is written.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "fruits/io/feature_part.h"
#include "fruits/io/folder.h"

namespace fruits {

class PcaResultWriter {
 public:
  struct Options {
    std::size_t scaled_dimension = 0;  // > 0: pca_result.parquet also has `scaled`, that many doubles a row
  };
  static Result<std::unique_ptr<PcaResultWriter>> Create(Folder& folder, std::size_t components,
                                                         const Options& options);
  virtual ~PcaResultWriter() = default;
  // `scaled` has scaled_dimension values. kInvalidArgument: widths, or a score that is NaN or infinite (JSON
  // has none). After another error only destruction is left.
  virtual Status Append(std::string_view path, std::string_view label, std::span<const double> scores,
                        std::span<const double> scaled = {}) = 0;
  virtual Result<WrittenFiles> Commit() = 0;  // both files appear; without it, neither
};

// rejected.csv: path,stage,reason. One row at a time, as `next` gives them until it gives null.
using NextRejected = std::function<Result<const RejectedRow*>()>;
Result<WrittenFile> WriteRejectedCsv(Folder& folder, const NextRejected& next);

void AppendCsvField(std::string_view field, std::string& line);
void AppendJsonList(std::span<const double> values,
                    std::string& text);  // [1.5,-2e-08]; NaN and infinities: null

}  // namespace fruits
