// Rows of structs to Arrow columns, and back.
//
//   ARROW_ASSIGN_OR_RAISE(auto paths, StringColumn(rows, [](const PhotoRow& row) { return row.path; }));
//   ForEachValue<arrow::Int64Array>(*table.GetColumnByName("mtime"), [&](auto i, const auto& array, auto j)
//   {...});
//
// Threads: any. Memory: the columns.
#pragma once

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/chunked_array.h>
#include <arrow/memory_pool.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "fruits/io/uri.h"

namespace fruits::io {

// A text column must be valid UTF-8, or other readers refuse the file.
template <typename Row, typename Get>
arrow::Result<std::shared_ptr<arrow::Array>> StringColumn(std::span<const Row> rows, Get get,
                                                          bool empty_is_null = false) {
  arrow::StringBuilder builder(arrow::system_memory_pool());
  for (const Row& row : rows) {
    const std::string_view value = get(row);
    if (value.empty() && empty_is_null) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    } else if (IsValidUtf8(value)) {
      ARROW_RETURN_NOT_OK(builder.Append(value));
    } else {
      ARROW_RETURN_NOT_OK(builder.Append(EncodePath(value)));
    }
  }
  return builder.Finish();
}

template <typename Builder, typename Row, typename Get>
arrow::Result<std::shared_ptr<arrow::Array>> NumberColumn(std::span<const Row> rows, Get get) {
  Builder builder(arrow::system_memory_pool());
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<int64_t>(rows.size())));
  for (const Row& row : rows) builder.UnsafeAppend(static_cast<typename Builder::value_type>(get(row)));
  return builder.Finish();
}

// Calls visit(row, array, index within the array) for every value of a column whose type is Array's.
template <typename Array, typename Visit>
void ForEachValue(const arrow::ChunkedArray& column, Visit visit) {
  std::size_t row = 0;
  for (const auto& chunk : column.chunks()) {
    const auto& array = static_cast<const Array&>(*chunk);
    for (int64_t i = 0; i < array.length(); ++i) visit(row++, array, i);
  }
}

}  // namespace fruits::io
