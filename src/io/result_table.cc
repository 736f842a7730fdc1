#include "fruits/io/result_table.h"

#include <arrow/table.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <future>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "io/arrow_error.h"
#include "io/columns.h"
#include "io/feature_part_schema.h"
#include "io/parquet_output.h"

namespace fruits {
namespace {

constexpr std::size_t kMaxGroupRows = 4096;
constexpr std::size_t kMaxGroupBytes = std::size_t{32} << 20;
constexpr char kCsvName[] = "pca_result.csv";
constexpr char kParquetName[] = "pca_result.parquet";

std::shared_ptr<arrow::Schema> ResultSchema(std::size_t components, std::size_t scaled) {
  arrow::FieldVector fields = {
      arrow::field("path", arrow::utf8(), false), arrow::field("label", arrow::utf8(), false),
      arrow::field("features_pca", io::VectorType(arrow::float64(), components), false)};
  if (scaled > 0) fields.push_back(arrow::field("scaled", io::VectorType(arrow::float64(), scaled), false));
  return arrow::schema(std::move(fields));
}

std::shared_ptr<arrow::Array> VectorColumn(const std::vector<double>& values, std::size_t width) {
  const auto doubles =
      std::make_shared<arrow::DoubleArray>(static_cast<int64_t>(values.size()), arrow::Buffer::Wrap(values));
  return std::make_shared<arrow::FixedSizeListArray>(io::VectorType(arrow::float64(), width),
                                                     static_cast<int64_t>(values.size() / width), doubles);
}

class ResultWriter : public PcaResultWriter {
 public:
  ResultWriter(std::size_t components, std::size_t scaled)
      : components_(components),
        scaled_dimension_(scaled),
        group_rows_(std::clamp<std::size_t>(kMaxGroupBytes / (sizeof(double) * (components + scaled)), 1,
                                            kMaxGroupRows)),
        schema_(ResultSchema(components, scaled)) {}

  Status Open(Folder& folder) {
    FRUITS_TRY(csv_, folder.Create(kCsvName));
    FRUITS_CHECK(csv_->Append("path,label,features_pca\n"));
    io::ParquetOutput::Options options{.raw_columns = {"features_pca.list.element"},
                                       .dictionary_columns = {"label"}};
    if (scaled_dimension_ > 0) options.raw_columns.emplace_back("scaled.list.element");
    FRUITS_TRY(parquet_, io::ParquetOutput::Create(folder, kParquetName, schema_, options));
    address_ = folder.Address(kParquetName);
    return {};
  }

  Status Append(std::string_view path, std::string_view label, std::span<const double> scores,
                std::span<const double> scaled) override {
    if (scores.size() != components_ || scaled.size() != scaled_dimension_) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the result of {} has {} scores and {} scaled features; expected {} and {}",
                              path, scores.size(), scaled.size(), components_, scaled_dimension_));
    }
    if (!std::ranges::all_of(scores, [](double score) { return std::isfinite(score); })) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("a score of {} is not a finite number", path));
    }
    line_.clear();
    AppendCsvField(path, line_);
    line_ += ',';
    AppendCsvField(label, line_);
    line_ += ',';
    list_.clear();
    AppendJsonList(scores, list_);
    AppendCsvField(list_, line_);
    line_ += '\n';
    FRUITS_CHECK(csv_->Append(line_));
    paths_.emplace_back(path);
    labels_.emplace_back(label);
    scores_.insert(scores_.end(), scores.begin(), scores.end());
    scaled_.insert(scaled_.end(), scaled.begin(), scaled.end());
    return paths_.size() == group_rows_ ? WriteGroup() : Status();
  }

  Result<WrittenFiles> Commit() override {
    if (!paths_.empty()) FRUITS_CHECK(WriteGroup());
    // Side by side: in a bucket both wait for an answer.
    auto csv = std::async(std::launch::async, [&] { return Guard([&] { return csv_->Commit(); }); });
    auto parquet = Guard([&] { return parquet_->Commit(); });
    WrittenFiles files;
    FRUITS_TRY(files[kCsvName], csv.get());
    FRUITS_TRY(files[kParquetName], std::move(parquet));
    return files;
  }

 private:
  Status WriteGroup() {
    std::shared_ptr<arrow::Table> table;
    FRUITS_CHECK(io::GuardArrow(ErrorCode::kInternal, address_, [&]() -> arrow::Status {
      std::vector<std::shared_ptr<arrow::Array>> columns(2);
      const auto text = [](const std::string& value) -> std::string_view { return value; };
      ARROW_ASSIGN_OR_RAISE(columns[0], io::StringColumn(std::span<const std::string>(paths_), text));
      ARROW_ASSIGN_OR_RAISE(columns[1], io::StringColumn(std::span<const std::string>(labels_), text));
      columns.push_back(VectorColumn(scores_, components_));
      if (scaled_dimension_ > 0) columns.push_back(VectorColumn(scaled_, scaled_dimension_));
      table = arrow::Table::Make(schema_, columns);
      return table->Validate();
    }));
    FRUITS_CHECK(parquet_->Write(*table, group_rows_));
    paths_.clear();
    labels_.clear();
    scores_.clear();
    scaled_.clear();
    return {};
  }

  const std::size_t components_;
  const std::size_t scaled_dimension_;
  const std::size_t group_rows_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::string address_;
  std::unique_ptr<FileWriter> csv_;
  std::unique_ptr<io::ParquetOutput> parquet_;
  std::string line_;
  std::string list_;
  // The row group being filled.
  std::vector<std::string> paths_;
  std::vector<std::string> labels_;
  std::vector<double> scores_;
  std::vector<double> scaled_;
};

}  // namespace

Result<std::unique_ptr<PcaResultWriter>> PcaResultWriter::Create(Folder& folder, std::size_t components,
                                                                 const Options& options) {
  if (components == 0)
    return Fail(ErrorCode::kInvalidArgument, "results of 0 components; expected at least 1");
  auto writer = std::make_unique<ResultWriter>(components, options.scaled_dimension);
  FRUITS_CHECK(writer->Open(folder));
  return writer;
}

Result<WrittenFile> WriteRejectedCsv(Folder& folder, const NextRejected& next) {
  FRUITS_TRY(const auto file, folder.Create("rejected.csv"));
  FRUITS_CHECK(file->Append("path,stage,reason\n"));
  std::string line;
  while (true) {
    FRUITS_TRY(const RejectedRow* row, next());
    if (!row) break;
    line.clear();
    AppendCsvField(row->path, line);
    line += ',';
    AppendCsvField(row->stage, line);
    line += ',';
    AppendCsvField(row->reason, line);
    line += '\n';
    FRUITS_CHECK(file->Append(line));
  }
  return file->Commit();
}

void AppendCsvField(std::string_view field, std::string& line) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    line.append(field);
    return;
  }
  line += '"';
  for (const char c : field) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

void AppendJsonList(std::span<const double> values, std::string& text) {
  char digits[32];  // the longest double has 24 characters
  text += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ',';
    if (!std::isfinite(values[i])) {
      text += "null";
      continue;
    }
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, values[i]);
    text.append(digits, end);
  }
  text += ']';
}

}  // namespace fruits
