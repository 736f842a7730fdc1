#include "io/parquet_text.h"

#include <parquet/column_reader.h>
#include <parquet/metadata.h>

#include <array>
#include <memory>

#include "fruits/io/uri.h"

namespace fruits::io {
namespace {

constexpr std::size_t kValuesAtOnce = 256;

std::optional<BadText> FindIn(parquet::ByteArrayReader& reader, std::int64_t first_row) {
  const std::int16_t whole = reader.descr()->max_definition_level();
  std::array<std::int16_t, kValuesAtOnce> levels{};
  std::array<parquet::ByteArray, kValuesAtOnce> values{};
  while (reader.HasNext()) {
    std::int64_t count = 0;
    const std::int64_t rows = reader.ReadBatch(kValuesAtOnce, levels.data(), nullptr, values.data(), &count);
    std::size_t value = 0;  // nulls have a level and no value
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
      if (whole > 0 && levels[row] < whole) continue;
      const std::string_view text(values[value++]);
      if (!IsValidUtf8(text)) return BadText{first_row + static_cast<std::int64_t>(row), std::string(text)};
    }
    first_row += rows;
  }
  return std::nullopt;
}

}  // namespace

std::optional<BadText> FindBadText(parquet::ParquetFileReader& file, const std::string& column) {
  const auto metadata = file.metadata();
  const int leaf = metadata->schema()->ColumnIndex(column);
  if (leaf < 0 || metadata->schema()->Column(leaf)->physical_type() != parquet::Type::BYTE_ARRAY) return {};
  std::int64_t first_row = 0;
  for (int group = 0; group < metadata->num_row_groups(); ++group) {
    const std::shared_ptr<parquet::ColumnReader> reader = file.RowGroup(group)->Column(leaf);
    if (auto bad = FindIn(static_cast<parquet::ByteArrayReader&>(*reader), first_row)) return bad;
    first_row += metadata->RowGroup(group)->num_rows();
  }
  return std::nullopt;
}

}  // namespace fruits::io
