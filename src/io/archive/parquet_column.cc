#include "io/archive/parquet_column.h"

#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include <span>
#include <utility>

#include "fruits/core/try.h"
#include "io/arrow_error.h"

namespace fruits::io {
namespace {

constexpr std::int64_t kPoolBytesMax = std::int64_t{1} << 30;
constexpr std::int64_t kStreamBufferBytes = 1 << 20;

// What several cursors read from at once.
class Borrowed final : public RandomReader {
 public:
  explicit Borrowed(RandomReader& reader) : reader_(reader) {}
  std::uint64_t size_bytes() const override { return reader_.size_bytes(); }
  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    return reader_.ReadAt(offset, out);
  }

 private:
  RandomReader& reader_;
};

// As GuardArrow, but an error of the RandomReader comes out as it went in.
template <typename Call>
Status GuardFile(std::string_view address, const ArrowReader& source, Call&& call) {
  Status status = GuardArrow(ErrorCode::kCorrupt, address, std::forward<Call>(call));
  if (!status && source.error()) return std::unexpected(*source.error());
  return status;
}

parquet::ReaderProperties Properties(arrow::MemoryPool* pool) {
  parquet::ReaderProperties properties(pool);
  properties.set_page_checksum_verification(true);
  // Pages come one by one; otherwise a whole column chunk would be in memory.
  properties.enable_buffered_stream();
  properties.set_buffer_size(kStreamBufferBytes);
  return properties;
}

}  // namespace

Result<bool> ByteCursor::Next(std::optional<std::string_view>& value) {
  bool more = false;
  FRUITS_CHECK(GuardFile(address_, *source_, [&]() -> arrow::Status {
    parquet::ByteArray bytes;
    std::int16_t level = level_;
    std::int64_t values = 0;
    more = column_->HasNext() && column_->ReadBatch(1, &level, nullptr, &bytes, &values) == 1;
    if (!more) return arrow::Status::OK();
    ++row_;
    value = std::nullopt;
    if (values == 1) value.emplace(reinterpret_cast<const char*>(bytes.ptr), bytes.len);
    return arrow::Status::OK();
  }));
  return more;
}

Status ByteCursor::Skip(std::int64_t rows) {
  return GuardFile(address_, *source_, [&]() -> arrow::Status {
    row_ += column_->Skip(rows);
    return arrow::Status::OK();
  });
}

Status ByteColumns::OpenFile(ByteCursor& cursor) const {
  cursor.source_ = std::make_shared<ArrowReader>(std::make_unique<Borrowed>(*reader_));
  return GuardFile(address_, *cursor.source_, [&]() -> arrow::Status {
    cursor.file_ = parquet::ParquetFileReader::Open(cursor.source_, Properties(pool_.get()), metadata_);
    return arrow::Status::OK();
  });
}

Result<std::unique_ptr<ByteColumns>> ByteColumns::Open(std::string address, RandomReader& reader) {
  std::unique_ptr<ByteColumns> columns(new ByteColumns(std::move(address)));
  columns->reader_ = &reader;
  columns->counted_ = std::make_unique<arrow::ProxyMemoryPool>(arrow::system_memory_pool());
  columns->pool_ = std::make_unique<arrow::CappedMemoryPool>(columns->counted_.get(), kPoolBytesMax);
  ByteCursor footer;
  FRUITS_CHECK(columns->OpenFile(footer));
  columns->metadata_ = footer.file_->metadata();
  return columns;
}

int ByteColumns::FindLeaf(const std::string& path) const {
  const parquet::SchemaDescriptor& schema = *metadata_->schema();
  const int leaf = schema.ColumnIndex(path);
  if (leaf < 0) return -1;
  const parquet::ColumnDescriptor& column = *schema.Column(leaf);
  return column.physical_type() == parquet::Type::BYTE_ARRAY && column.max_repetition_level() == 0 ? leaf
                                                                                                   : -1;
}

Result<ByteCursor> ByteColumns::Begin(int row_group, int leaf) const {
  ByteCursor cursor;
  cursor.address_ = address_;
  cursor.level_ = metadata_->schema()->Column(leaf)->max_definition_level();
  // A reader of its own: Arrow's are for one thread.
  FRUITS_CHECK(OpenFile(cursor));
  FRUITS_CHECK(GuardFile(address_, *cursor.source_, [&]() -> arrow::Status {
    cursor.group_ = cursor.file_->RowGroup(row_group);
    cursor.column_ = std::dynamic_pointer_cast<parquet::ByteArrayReader>(cursor.group_->Column(leaf));
    return cursor.column_ ? arrow::Status::OK() : arrow::Status::Invalid("not a column of bytes");
  }));
  return cursor;
}

}  // namespace fruits::io
