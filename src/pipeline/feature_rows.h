// Good feature rows in their order, wherever they are stored: what fitting and projecting read.
//
//   FRUITS_CHECK(rows.Rewind());
//   FeatureRow row;
//   for (Result<bool> more = rows.Next(row); more && *more; more = rows.Next(row)) use(row);
//
// Threads: one user. Memory: a few parts, or one row group of a table.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "fruits/io/label_rule.h"
#include "fruits/io/storage.h"
#include "pipeline/row_place.h"

namespace fruits {

struct FeatureRow {
  std::size_t row = 0;  // in the catalog, rejected photos counted: blocks are cut by it
  std::string path;
  std::string label;
  std::span<const double> features;  // until the next call
};

class FeatureRows {
 public:
  virtual ~FeatureRows() = default;
  virtual std::size_t dimension() const = 0;
  virtual std::size_t size() const = 0;  // good rows
  virtual Status Rewind() = 0;
  virtual Result<bool> Next(FeatureRow& row) = 0;  // false at the end
};

// The rows of a run's parts at `places` (unknown and rejected ones are passed over), labelled by `labels`:
// the stored labels may be those of an earlier rule. Everything given must outlive the result.
std::unique_ptr<FeatureRows> MakeStoredRows(const Folder& folder, const std::vector<std::string>& parts,
                                            std::span<const RowPlace> places, std::size_t dimension,
                                            const LabelRule& labels);

// Any Parquet file that FeatureTableReader reads.
Result<std::unique_ptr<FeatureRows>> OpenTableRows(Storage& storage, const Uri& uri);

// All rows of a finished run's or extract's folder, in catalog order. Memory: beside the parts, the paths
// while they are sorted.
Result<std::unique_ptr<FeatureRows>> OpenFolderRows(const Folder& folder, const LabelRule& labels);

}  // namespace fruits
