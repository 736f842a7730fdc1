#include "fruits/io/stored_files.h"

#include <arrow/array.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <utility>

#include "fruits/core/try.h"
#include "io/parquet_input.h"

namespace fruits {
namespace {

constexpr std::string_view kExtension = ".parquet";
constexpr std::size_t kMostRows = 64;

// Both kinds of bytes with 32 and 64 bit offsets; text is bytes, too.
Result<std::vector<std::string>> Values(const io::ParquetInput& input, const arrow::Table& table,
                                        const std::string& name) {
  const auto fail = [&](std::string_view why) {
    return Fail(ErrorCode::kCorrupt, fmt::format("{}: the column {} {}", input.address(), name, why));
  };
  std::vector<std::string> values;
  for (const auto& chunk : table.GetColumnByName(name)->chunks()) {
    if (chunk->null_count() > 0) return fail("has a null");
    for (std::int64_t i = 0; i < chunk->length(); ++i) {
      switch (chunk->type_id()) {
        case arrow::Type::STRING:
        case arrow::Type::BINARY:
          values.emplace_back(static_cast<const arrow::BinaryArray&>(*chunk).GetView(i));
          break;
        case arrow::Type::LARGE_STRING:
        case arrow::Type::LARGE_BINARY:
          values.emplace_back(static_cast<const arrow::LargeBinaryArray&>(*chunk).GetView(i));
          break;
        default:
          return fail(fmt::format("is {}; expected text or bytes", chunk->type()->ToString()));
      }
    }
  }
  return values;
}

Status ReadTable(const Folder& folder, const std::string& file, std::map<std::string, std::string>& files) {
  FRUITS_TRY(auto reader, folder.Open(file));
  FRUITS_TRY(const auto input, io::ParquetInput::Open(std::move(reader), folder.Address(file)));
  if (input->rows() > kMostRows) {
    return Fail(ErrorCode::kCorrupt, fmt::format("{}: {} rows, expected at most {} stored files",
                                                 input->address(), input->rows(), kMostRows));
  }
  FRUITS_TRY(const auto table, input->ReadColumns({"name", "content"}));
  FRUITS_TRY(const auto names, Values(*input, *table, "name"));
  FRUITS_TRY(auto contents, Values(*input, *table, "content"));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!files.emplace(names[i], std::move(contents[i])).second) {
      return Fail(ErrorCode::kCorrupt, fmt::format("{}: {} is there twice", input->address(), names[i]));
    }
  }
  return {};
}

}  // namespace

Result<std::map<std::string, std::string>> ReadStoredFiles(const Folder& folder, std::string_view prefix) {
  FRUITS_TRY(const auto names, folder.List(prefix));
  std::map<std::string, std::string> files;
  for (const std::string& name : names) {
    const std::string_view rest = std::string_view(name).substr(prefix.size());
    // Spark hides names that begin with '_' or '.', its own temporaries among them.
    if (!rest.ends_with(kExtension) || rest.contains('/') || rest.front() == '_' || rest.front() == '.')
      continue;
    FRUITS_CHECK(ReadTable(folder, name, files));
  }
  return files;
}

}  // namespace fruits
