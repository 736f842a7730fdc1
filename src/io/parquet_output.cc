#include "io/parquet_output.h"

#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/table.h>

#include <optional>

#include "fruits/core/try.h"
#include "io/arrow_error.h"

namespace fruits::io {

class ParquetOutput::Stream : public arrow::io::OutputStream {
 public:
  explicit Stream(FileWriter& file) : file_(file) {}

  arrow::Status Write(const void* data, int64_t size_bytes) override {
    auto written = file_.Append({static_cast<const char*>(data), static_cast<std::size_t>(size_bytes)});
    if (!written) {
      error_ = std::move(written).error();
      return arrow::Status::IOError(error_->message());
    }
    position_ += size_bytes;
    return arrow::Status::OK();
  }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  FileWriter& file_;
  int64_t position_ = 0;
  bool closed_ = false;
  std::optional<Error> error_;
};

ParquetOutput::~ParquetOutput() = default;

Result<std::unique_ptr<ParquetOutput>> ParquetOutput::Create(Folder& folder, std::string_view name,
                                                             const std::shared_ptr<arrow::Schema>& schema,
                                                             const Options& options) {
  std::unique_ptr<ParquetOutput> output(new ParquetOutput);
  output->address_ = folder.Address(name);
  FRUITS_TRY(output->file_, folder.Create(name));
  output->stream_ = std::make_shared<Stream>(*output->file_);
  FRUITS_CHECK(GuardArrow(ErrorCode::kInternal, output->address_, [&]() -> arrow::Status {
    parquet::WriterProperties::Builder properties;
    properties.memory_pool(arrow::system_memory_pool())
        ->compression(parquet::Compression::ZSTD)
        ->disable_dictionary()
        ->enable_page_checksum();
    for (const std::string& column : options.raw_columns) {
      properties.compression(column, parquet::Compression::UNCOMPRESSED)->disable_statistics(column);
    }
    for (const std::string& column : options.dictionary_columns) properties.enable_dictionary(column);
    ARROW_ASSIGN_OR_RAISE(
        output->writer_,
        parquet::arrow::FileWriter::Open(
            *schema, arrow::system_memory_pool(), output->stream_, properties.build(),
            parquet::ArrowWriterProperties::Builder().store_schema()->set_use_threads(false)->build()));
    return arrow::Status::OK();
  }));
  return output;
}

Status ParquetOutput::Write(const arrow::Table& table, std::size_t rows_per_group) {
  return Explain(GuardArrow(ErrorCode::kInternal, address_, [&] {
    return writer_->WriteTable(table, static_cast<int64_t>(rows_per_group));
  }));
}

Result<WrittenFile> ParquetOutput::Commit() {
  FRUITS_CHECK(Explain(GuardArrow(ErrorCode::kInternal, address_, [&] { return writer_->Close(); })));
  return file_->Commit();
}

Status ParquetOutput::Explain(Status status) const {
  if (!status && stream_->error()) return std::unexpected(*stream_->error());
  return status;
}

}  // namespace fruits::io
