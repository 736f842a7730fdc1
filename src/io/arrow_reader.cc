#include "io/arrow_reader.h"

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace fruits::io {

arrow::Status ArrowReader::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

arrow::Status ArrowReader::Seek(int64_t position) {
  if (position < 0) return arrow::Status::IOError("a position before the file's beginning");
  position_ = position;
  return arrow::Status::OK();
}

arrow::Result<int64_t> ArrowReader::ReadAt(int64_t position, int64_t bytes, void* out) {
  const auto size = static_cast<int64_t>(file_->size_bytes());
  if (position < 0 || bytes < 0) return arrow::Status::IOError("a read outside of the file");
  const int64_t there = std::clamp<int64_t>(size - position, 0, bytes);
  const std::span<std::byte> target(static_cast<std::byte*>(out), static_cast<std::size_t>(there));
  if (auto read = file_->ReadAt(static_cast<std::uint64_t>(position), target); !read) {
    error_ = std::move(read).error();
    return arrow::Status::IOError(error_->message());
  }
  return there;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ArrowReader::ReadAt(int64_t position, int64_t bytes) {
  const auto size = static_cast<int64_t>(file_->size_bytes());
  if (position < 0 || bytes < 0) return arrow::Status::IOError("a read outside of the file");
  // A damaged footer can ask for any number.
  const int64_t there = std::clamp<int64_t>(size - position, 0, bytes);
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<arrow::Buffer> buffer,
                        arrow::AllocateBuffer(there, arrow::system_memory_pool()));
  ARROW_RETURN_NOT_OK(ReadAt(position, there, buffer->mutable_data()));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

arrow::Result<int64_t> ArrowReader::Read(int64_t bytes, void* out) {
  ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position_, bytes, out));
  position_ += read;
  return read;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ArrowReader::Read(int64_t bytes) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, bytes));
  position_ += buffer->size();
  return buffer;
}

}  // namespace fruits::io
