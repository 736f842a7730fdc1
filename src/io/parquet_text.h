// The text of a Parquet column as its bytes lie in the file: where Arrow refuses a column without naming the
// row.
//
//   if (auto bad = FindBadText(*reader.parquet_reader(), "label")) ...   // bad->row, bad->text
//
// Throws what parquet throws. Threads: one user of the file. Memory: a page of the column.
#pragma once

#include <parquet/file_reader.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fruits::io {

struct BadText {
  std::int64_t row = 0;  // in the file, from 0
  std::string text;
};

// The first value of a flat column that is not UTF-8. None: there is none, or no such column of text.
std::optional<BadText> FindBadText(parquet::ParquetFileReader& file, const std::string& column);

}  // namespace fruits::io
