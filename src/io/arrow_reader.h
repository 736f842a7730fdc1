// A RandomReader as Arrow wants its files. Threads: Parquet reads from one at a time.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <memory>
#include <optional>

#include "fruits/core/error.h"
#include "fruits/io/file.h"

namespace fruits::io {

class ArrowReader : public arrow::io::RandomAccessFile {
 public:
  explicit ArrowReader(std::unique_ptr<RandomReader> file) : file_(std::move(file)) {}

  // The reader's own error, which Arrow's Status only retells.
  const std::optional<Error>& error() const { return error_; }

  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> GetSize() override { return static_cast<int64_t>(file_->size_bytes()); }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Seek(int64_t position) override;
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override;
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes) override;

 private:
  const std::unique_ptr<RandomReader> file_;
  int64_t position_ = 0;
  bool closed_ = false;
  std::optional<Error> error_;
};

}  // namespace fruits::io
