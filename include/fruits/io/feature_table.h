// Features made elsewhere: any Parquet file with path, label (optional) and features: list, large_list or fixed_size_list of
// float or double, such as another tool's output. For `fruits fit` and `fruits project`.
//
// Threads: one reader per object. Memory: one row group of the file at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fruits/core/error.h"

namespace fruits {

struct FeatureBatch {
  std::vector<std::string> paths;
  std::vector<std::string> labels;  // "" where the file has none
  std::vector<double> features;     // paths.size() x dimension; floats widened exactly
};

class FeatureTableReader {
 public:
  // kNotFound, kCorrupt, kInvalidArgument (a column missing or of another type, rows of different lengths, nulls; named).
  static Result<std::unique_ptr<FeatureTableReader>> Open(const std::string& path);
  virtual ~FeatureTableReader() = default;
  virtual std::size_t dimension() const = 0;
  virtual std::size_t rows() const = 0;
  // The next at most `max_rows` rows in file order; empty at the end.
  virtual Result<FeatureBatch> Next(std::size_t max_rows) = 0;
};

}  // namespace fruits
