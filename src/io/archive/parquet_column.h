// A Parquet file read value by value: byte arrays are seen where Arrow decoded them, so that neither a row
// group nor a repeated dictionary entry has to fit in memory.
//
//   FRUITS_TRY(auto file, ByteColumns::Open(address, reader));
//   FRUITS_TRY(ByteCursor cursor, file->Begin(row_group, leaf));
//   FRUITS_TRY(const bool more, cursor.Next(value));   // value: none where null
//
// Threads: ByteColumns any; a cursor one at a time. Memory: a page of each cursor; all together at most 1
// GiB.
#pragma once

#include <arrow/memory_pool.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "fruits/io/file.h"
#include "io/arrow_reader.h"

namespace fruits::io {

class ByteCursor {
 public:
  // False: the column has ended. The value is good until the next call. kCorrupt; the file's errors.
  Result<bool> Next(std::optional<std::string_view>& value);
  Status Skip(std::int64_t rows);
  std::int64_t row() const { return row_; }  // of the next value, within its row group

 private:
  friend class ByteColumns;
  std::string address_;
  std::shared_ptr<ArrowReader> source_;
  std::shared_ptr<parquet::ParquetFileReader> file_;
  std::shared_ptr<parquet::RowGroupReader> group_;
  std::shared_ptr<parquet::ByteArrayReader> column_;
  std::int16_t level_ = 0;  // of a value that is there
  std::int64_t row_ = 0;
};

class ByteColumns {
 public:
  // kCorrupt: no Parquet file, or its footer is damaged. `reader` must outlive it.
  static Result<std::unique_ptr<ByteColumns>> Open(std::string address, RandomReader& reader);

  int row_groups() const { return metadata_->num_row_groups(); }
  std::int64_t rows(int row_group) const { return metadata_->RowGroup(row_group)->num_rows(); }
  // The leaf column of this dotted path, where it holds one byte array a row; else -1.
  int FindLeaf(const std::string& path) const;
  Result<ByteCursor> Begin(int row_group, int leaf) const;

 private:
  explicit ByteColumns(std::string address) : address_(std::move(address)) {}
  Status OpenFile(ByteCursor& cursor) const;

  const std::string address_;
  RandomReader* reader_ = nullptr;
  std::shared_ptr<parquet::FileMetaData> metadata_;
  // Below the cap, a pool of our own that counts what this file alone has.
  std::unique_ptr<arrow::MemoryPool> counted_;
  std::unique_ptr<arrow::MemoryPool> pool_;
};

}  // namespace fruits::io
