// A Parquet file to read from, with its page checksums verified.
// Threads: one reader per object; Arrow's pools are not used. Memory: the footer, then what is asked for.
#pragma once

#include <arrow/type_fwd.h>
#include <parquet/arrow/reader.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/file.h"

namespace fruits::io {

class ArrowReader;

class ParquetInput {
 public:
  // kCorrupt: not a Parquet file, or its footer is damaged; else the reader's errors. `address` is for
  // messages.
  static Result<std::unique_ptr<ParquetInput>> Open(std::unique_ptr<RandomReader> file,
                                                    std::string_view address);

  const arrow::Schema& schema() const { return *schema_; }
  std::size_t rows() const;
  const std::string& address() const { return address_; }
  parquet::arrow::FileReader& reader() { return *reader_; }
  // The footer's value of a key; "" where it has none.
  std::string MetadataValue(std::string_view key) const;
  // Leaf columns by their dotted paths, over all row groups. kCorrupt: one is missing or damaged.
  Result<std::shared_ptr<arrow::Table>> ReadColumns(const std::vector<std::string>& leaves);
  // All values of a leaf column of floats that has no nulls, straight into `values`. kCorrupt: not
  // values_expected of them.
  Status ReadFloats(const std::string& leaf, std::size_t values_expected, std::vector<float>& values);

 private:
  ParquetInput() = default;
  int LeafIndex(const std::string& leaf) const;

  // What Arrow reported, or the reader's own error behind it.
  Status Explain(Status status) const;

  std::string address_;
  std::shared_ptr<ArrowReader> file_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace fruits::io
