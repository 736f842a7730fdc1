// A Parquet file written through a FileWriter: appears whole at Commit() or not at all, and the same content
// gives the same bytes. Every page has a checksum.
//
//   auto output = ParquetOutput::Create(folder, "a.parquet", schema, {.raw_columns =
//   {"features.list.element"}}); FRUITS_CHECK((*output)->Write(*table, rows_per_group)); FRUITS_TRY(auto
//   written, (*output)->Commit());
//
// Threads: one writer per object; Arrow's pools are not used. Memory: one column of one row group.
#pragma once

#include <arrow/type_fwd.h>
#include <parquet/arrow/writer.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"

namespace fruits::io {

class ParquetOutput {
 public:
  struct Options {
    // Leaf columns (as "list.element") that are stored as they are: PLAIN, not compressed, without statistics
    // or dictionary.
    std::vector<std::string> raw_columns;
    // Leaf columns with few different values; the other columns are PLAIN and compressed (zstd).
    std::vector<std::string> dictionary_columns;
  };
  // The schema's metadata goes into the file's footer. kIo and so on as Folder::Create.
  static Result<std::unique_ptr<ParquetOutput>> Create(Folder& folder, std::string_view name,
                                                       const std::shared_ptr<arrow::Schema>& schema,
                                                       const Options& options);
  ~ParquetOutput();
  // Row groups of at most `rows_per_group` rows; the last one ends with the table.
  Status Write(const arrow::Table& table, std::size_t rows_per_group);
  Result<WrittenFile> Commit();

 private:
  class Stream;
  ParquetOutput() = default;
  // The stream's own error is the better one: it knows of a full disk.
  Status Explain(Status status) const;

  std::string address_;
  std::unique_ptr<FileWriter> file_;
  std::shared_ptr<Stream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace fruits::io
