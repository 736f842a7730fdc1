// Features made elsewhere: any Parquet file with path, label (optional) and features: list, large_list or
// fixed_size_list of float or double, such as another tool's output. For `fruits fit` and `fruits project`.
//
// Threads: one reader per object. Memory: at most 1,024 rows and about 32 MiB of the file, and
// the rows asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/file.h"

namespace fruits {

struct FeatureBatch {
  std::vector<std::string> paths;
  std::vector<std::string> labels;  // "" where the file has none
  std::vector<double> features;     // paths.size() x dimension; floats widened exactly
};

class FeatureTableReader {
 public:
  // `address` is for messages; `column` holds the vectors (of a run's results: features_pca). kCorrupt, the
  // errors of `file`; kInvalidArgument: a column is missing or of another type (named).
  static Result<std::unique_ptr<FeatureTableReader>> Open(std::unique_ptr<RandomReader> file,
                                                          const std::string& address,
                                                          const std::string& column = "features");
  virtual ~FeatureTableReader() = default;
  virtual std::size_t dimension() const = 0;  // 0 only where the type does not say and there are no rows
  virtual std::size_t rows() const = 0;
  // The next at most `max_rows` rows in file order; empty at the end. kInvalidArgument: a null, a row of
  // another length, a path or label that is not UTF-8 (row named, from 0); kCorrupt. After an error only
  // destruction is left.
  virtual Result<FeatureBatch> Next(std::size_t max_rows) = 0;
};

}  // namespace fruits
