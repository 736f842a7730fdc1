#include "io/parquet_input.h"

#include <arrow/memory_pool.h>
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/core.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include "fruits/core/try.h"
#include "io/arrow_error.h"
#include "io/arrow_reader.h"

namespace fruits::io {
namespace {

constexpr int64_t kStreamBufferBytes = 1 << 20;

}  // namespace

Status ParquetInput::Explain(Status status) const {
  if (!status && file_->error()) return std::unexpected(*file_->error());
  return status;
}

Result<std::unique_ptr<ParquetInput>> ParquetInput::Open(std::unique_ptr<RandomReader> file,
                                                         std::string_view address) {
  std::unique_ptr<ParquetInput> input(new ParquetInput);
  input->address_ = address;
  input->file_ = std::make_shared<ArrowReader>(std::move(file));
  FRUITS_CHECK(input->Explain(GuardArrow(ErrorCode::kCorrupt, address, [&]() -> arrow::Status {
    parquet::ReaderProperties properties(arrow::system_memory_pool());
    properties.set_page_checksum_verification(true);
    // Pages come one by one; otherwise a whole column chunk would be in memory beside its values.
    properties.enable_buffered_stream();
    properties.set_buffer_size(kStreamBufferBytes);
    parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
    arrow_properties.set_pre_buffer(false);
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(input->file_, properties));
    builder.memory_pool(arrow::system_memory_pool())->properties(arrow_properties);
    ARROW_ASSIGN_OR_RAISE(input->reader_, builder.Build());
    return input->reader_->GetSchema(&input->schema_);
  })));
  return input;
}

std::size_t ParquetInput::rows() const {
  return static_cast<std::size_t>(reader_->parquet_reader()->metadata()->num_rows());
}

std::string ParquetInput::MetadataValue(std::string_view key) const {
  const auto metadata = reader_->parquet_reader()->metadata()->key_value_metadata();
  if (!metadata) return "";
  const int index = metadata->FindKey(key);
  return index < 0 ? "" : metadata->value(index);
}

int ParquetInput::LeafIndex(const std::string& leaf) const {
  return reader_->parquet_reader()->metadata()->schema()->ColumnIndex(leaf);
}

Result<std::shared_ptr<arrow::Table>> ParquetInput::ReadColumns(const std::vector<std::string>& leaves) {
  std::vector<int> indices;
  for (const std::string& leaf : leaves) {
    indices.push_back(LeafIndex(leaf));
    if (indices.back() < 0)
      return Fail(ErrorCode::kCorrupt, fmt::format("{}: the column {} is missing", address_, leaf));
  }
  std::shared_ptr<arrow::Table> table;
  FRUITS_CHECK(Explain(
      GuardArrow(ErrorCode::kCorrupt, address_, [&] { return reader_->ReadTable(indices).Value(&table); })));
  return table;
}

Status ParquetInput::ReadFloats(const std::string& leaf, std::size_t values_expected,
                                std::vector<float>& values) {
  const int column = LeafIndex(leaf);
  const auto fail = [&](std::int64_t found) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{}: {} values in {}; expected {}", address_, found, leaf, values_expected));
  };
  std::int64_t present = 0;
  std::int64_t done = 0;
  FRUITS_CHECK(Explain(GuardArrow(ErrorCode::kCorrupt, address_, [&]() -> arrow::Status {
    parquet::ParquetFileReader& file = *reader_->parquet_reader();
    std::int64_t bytes = 0;
    for (int group = 0; group < file.metadata()->num_row_groups(); ++group) {
      const auto chunk = file.metadata()->RowGroup(group)->ColumnChunk(column);
      present += chunk->num_values();
      bytes += chunk->total_uncompressed_size();
    }
    // Before any memory is asked for: a damaged footer can claim any number.
    if (present < 0 || static_cast<std::size_t>(present) != values_expected ||
        bytes / static_cast<std::int64_t>(sizeof(float)) < present) {
      return arrow::Status::OK();
    }
    values.resize(values_expected);
    for (int group = 0; group < file.metadata()->num_row_groups(); ++group) {
      const auto chunk = file.RowGroup(group)->Column(column);
      auto& floats = dynamic_cast<parquet::FloatReader&>(*chunk);
      // Levels are not asked for: they are all alike, and counting the values proves it.
      while (done < present && floats.HasNext()) {
        std::int64_t read = 0;
        floats.ReadBatch(present - done, nullptr, nullptr, values.data() + done, &read);
        if (read == 0) break;
        done += read;
      }
    }
    return arrow::Status::OK();
  })));
  if (static_cast<std::size_t>(present) != values_expected) return fail(present);
  if (static_cast<std::size_t>(done) != values_expected) return fail(done);
  return {};
}

}  // namespace fruits::io
