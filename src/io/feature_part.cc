#include "fruits/io/feature_part.h"

#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <random>

#include "fruits/core/try.h"
#include "io/arrow_error.h"
#include "io/columns.h"
#include "io/feature_part_schema.h"
#include "io/parquet_output.h"

namespace fruits {
namespace {

// Writing a row group takes the levels and pages of its values beside them: twice as much again.
constexpr std::size_t kRowGroupBytes = std::size_t{2} << 20;

using Columns = std::vector<std::shared_ptr<arrow::Array>>;

arrow::Result<Columns> FeatureColumns(const FeaturePart& part) {
  const std::span<const PhotoRow> rows(part.rows);
  Columns columns(9);
  ARROW_ASSIGN_OR_RAISE(columns[0],
                        io::StringColumn(rows, [](const PhotoRow& r) -> std::string_view { return r.path; }));
  ARROW_ASSIGN_OR_RAISE(
      columns[1], io::StringColumn(rows, [](const PhotoRow& r) -> std::string_view { return r.label; }));
  ARROW_ASSIGN_OR_RAISE(columns[2], io::NumberColumn<arrow::Int64Builder>(
                                        rows, [](const PhotoRow& r) { return r.size_bytes; }));
  ARROW_ASSIGN_OR_RAISE(
      columns[3], io::StringColumn(rows, [](const PhotoRow& r) -> std::string_view { return r.etag; }, true));
  ARROW_ASSIGN_OR_RAISE(
      columns[4], io::NumberColumn<arrow::Int64Builder>(rows, [](const PhotoRow& r) { return r.mtime_ns; }));
  ARROW_ASSIGN_OR_RAISE(
      columns[5], io::NumberColumn<arrow::Int32Builder>(rows, [](const PhotoRow& r) { return r.width; }));
  ARROW_ASSIGN_OR_RAISE(
      columns[6], io::NumberColumn<arrow::Int32Builder>(rows, [](const PhotoRow& r) { return r.height; }));
  arrow::FixedSizeBinaryBuilder hashes(arrow::fixed_size_binary(32), arrow::system_memory_pool());
  for (const PhotoRow& row : rows) ARROW_RETURN_NOT_OK(hashes.Append(row.content_sha256.data()));
  ARROW_ASSIGN_OR_RAISE(columns[7], hashes.Finish());
  // The vector's own memory: nothing is copied.
  const auto values = std::make_shared<arrow::FloatArray>(static_cast<int64_t>(part.features.size()),
                                                          arrow::Buffer::Wrap(part.features));
  columns[8] = std::make_shared<arrow::FixedSizeListArray>(io::VectorType(arrow::float32(), part.dimension),
                                                           static_cast<int64_t>(rows.size()), values);
  return columns;
}

arrow::Result<Columns> RejectedColumns(const FeaturePart& part) {
  const std::span<const RejectedRow> rows(part.rejected);
  Columns columns(6);
  ARROW_ASSIGN_OR_RAISE(
      columns[0], io::StringColumn(rows, [](const RejectedRow& r) -> std::string_view { return r.path; }));
  ARROW_ASSIGN_OR_RAISE(
      columns[1], io::StringColumn(rows, [](const RejectedRow& r) -> std::string_view { return r.stage; }));
  ARROW_ASSIGN_OR_RAISE(
      columns[2], io::StringColumn(rows, [](const RejectedRow& r) -> std::string_view { return r.reason; }));
  ARROW_ASSIGN_OR_RAISE(columns[3], io::NumberColumn<arrow::Int64Builder>(
                                        rows, [](const RejectedRow& r) { return r.size_bytes; }));
  ARROW_ASSIGN_OR_RAISE(
      columns[4],
      io::StringColumn(rows, [](const RejectedRow& r) -> std::string_view { return r.etag; }, true));
  ARROW_ASSIGN_OR_RAISE(columns[5], io::NumberColumn<arrow::Int64Builder>(
                                        rows, [](const RejectedRow& r) { return r.mtime_ns; }));
  return columns;
}

arrow::Result<Columns> ThumbnailColumns(const FeaturePart& part) {
  const std::span<const PhotoRow> rows(part.rows);
  Columns columns(2);
  ARROW_ASSIGN_OR_RAISE(columns[0],
                        io::StringColumn(rows, [](const PhotoRow& r) -> std::string_view { return r.path; }));
  arrow::BinaryBuilder thumbnails(arrow::system_memory_pool());
  for (const std::string& thumbnail : part.thumbnails) ARROW_RETURN_NOT_OK(thumbnails.Append(thumbnail));
  ARROW_ASSIGN_OR_RAISE(columns[1], thumbnails.Finish());
  return columns;
}

Result<WrittenFile> WriteFile(Folder& folder, const std::string& name,
                              const std::shared_ptr<arrow::Schema>& schema,
                              arrow::Result<Columns> (*make_columns)(const FeaturePart&),
                              const FeaturePart& part, std::size_t rows_per_group,
                              const io::ParquetOutput::Options& options) {
  std::shared_ptr<arrow::Table> table;
  FRUITS_CHECK(io::GuardArrow(ErrorCode::kInternal, folder.Address(name), [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const Columns columns, make_columns(part));
    table = arrow::Table::Make(schema, columns);
    return table->Validate();
  }));
  FRUITS_TRY(const auto output, io::ParquetOutput::Create(folder, name, schema, options));
  FRUITS_CHECK(output->Write(*table, rows_per_group));
  return output->Commit();
}

// The first and last path of the range. Rows and rejected rows are each in catalog order, which is that of
// raw paths.
std::pair<std::string, std::string> Range(const FeaturePart& part) {
  std::vector<std::string> ends;
  if (!part.rows.empty()) ends = {part.rows.front().path, part.rows.back().path};
  if (!part.rejected.empty()) {
    ends.push_back(part.rejected.front().path);
    ends.push_back(part.rejected.back().path);
  }
  if (ends.empty()) return {};
  const auto raw = [](const std::string& path) { return DecodePath(path).value_or(path); };
  const auto [first, last] = std::ranges::minmax_element(ends, {}, raw);
  return {*first, *last};
}

std::shared_ptr<const arrow::KeyValueMetadata> Footer(const FeaturePart& part) {
  const auto [first, last] = Range(part);
  return arrow::key_value_metadata(
      {std::string(io::kFormatKey), std::string(io::kFingerprintKey), std::string(io::kRejectedKey),
       std::string(io::kFirstPathKey), std::string(io::kLastPathKey)},
      {std::string(io::kFormatVersion), part.fingerprint, std::to_string(part.rejected.size()), first, last});
}

Status CheckSizes(const FeaturePart& part) {
  if (part.dimension == 0 || part.features.size() != part.rows.size() * part.dimension) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a part of {} rows with {} features; expected {} times {}", part.rows.size(),
                            part.features.size(), part.rows.size(), part.dimension));
  }
  if (!part.thumbnails.empty() && part.thumbnails.size() != part.rows.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a part of {} rows with {} thumbnails; expected none or one a row",
                            part.rows.size(), part.thumbnails.size()));
  }
  return {};
}

}  // namespace

std::string FeaturePartName(std::size_t number, std::uint32_t tag) {
  return fmt::format("part-{:06}-{:08x}.parquet", number, tag);
}

std::uint32_t NewPartTag() { return std::random_device()(); }

Result<WrittenFiles> WriteFeaturePart(Folder& folder, const std::string& name, const FeaturePart& part) {
  FRUITS_CHECK(CheckSizes(part));
  WrittenFiles files;
  const auto footer = Footer(part);
  const std::size_t all_rows = std::max<std::size_t>({1, part.rows.size(), part.rejected.size()});
  // A part that is being replaced stops being one before its companions change.
  for (const char* kind : {"features/", "thumbs/", "rejected/"}) {
    FRUITS_TRY(const bool exists, folder.Exists(kind + name));
    if (exists) FRUITS_CHECK(folder.Remove(kind + name));
  }
  if (!part.thumbnails.empty()) {
    FRUITS_TRY(
        files["thumbs/" + name],
        WriteFile(folder, "thumbs/" + name, io::ThumbnailSchema()->WithMetadata(footer), ThumbnailColumns,
                  part, all_rows, {.raw_columns = {"thumbnail"}, .dictionary_columns = {}}));
  }
  if (!part.rejected.empty()) {
    FRUITS_TRY(
        files["rejected/" + name],
        WriteFile(folder, "rejected/" + name, io::RejectedSchema()->WithMetadata(footer), RejectedColumns,
                  part, all_rows, {.raw_columns = {}, .dictionary_columns = {"stage"}}));
  }
  const std::size_t rows_per_group =
      std::clamp<std::size_t>(kRowGroupBytes / (sizeof(float) * part.dimension), 1, all_rows);
  FRUITS_TRY(files["features/" + name],
             WriteFile(folder, "features/" + name, io::FeatureSchema(part.dimension)->WithMetadata(footer),
                       FeatureColumns, part, rows_per_group,
                       {.raw_columns = {"content_sha256", std::string(io::kFeaturesLeaf)},
                        .dictionary_columns = {"label"}}));
  return files;
}

}  // namespace fruits
