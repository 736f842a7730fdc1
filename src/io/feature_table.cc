#include "fruits/io/feature_table.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/core.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <optional>

#include "fruits/core/try.h"
#include "fruits/io/uri.h"
#include "io/arrow_error.h"
#include "io/parquet_input.h"
#include "io/parquet_text.h"

namespace fruits {
namespace {

constexpr int64_t kMaxBatchRows = 1024;
constexpr int64_t kMaxBatchBytes = 32 << 20;

// Fields that this reader understands: text, plain or as pandas' categories, and vectors of floats or
// doubles.
bool IsText(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) {
    return IsText(*static_cast<const arrow::DictionaryType&>(type).value_type());
  }
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING;
}

bool IsVector(const arrow::DataType& type) {
  const bool list = type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST ||
                    type.id() == arrow::Type::FIXED_SIZE_LIST;
  if (!list) return false;
  const auto value = static_cast<const arrow::BaseListType&>(type).value_type()->id();
  return value == arrow::Type::FLOAT || value == arrow::Type::DOUBLE;
}

// The i-th text of an array of a type that IsText(); not null.
std::string_view TextAt(const arrow::Array& array, int64_t i) {
  switch (array.type_id()) {
    case arrow::Type::STRING:
      return static_cast<const arrow::StringArray&>(array).GetView(i);
    case arrow::Type::LARGE_STRING:
      return static_cast<const arrow::LargeStringArray&>(array).GetView(i);
    default: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      return TextAt(*coded.dictionary(), coded.GetValueIndex(i));
    }
  }
}

struct Slice {
  int64_t first;
  int64_t length;
};

Slice VectorAt(const arrow::Array& array, int64_t i) {
  switch (array.type_id()) {
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      return {list.value_offset(i), list.value_length(i)};
    }
    case arrow::Type::LARGE_LIST: {
      const auto& list = static_cast<const arrow::LargeListArray&>(array);
      return {list.value_offset(i), list.value_length(i)};
    }
    default: {
      const auto& list = static_cast<const arrow::FixedSizeListArray&>(array);
      return {list.value_offset(i), list.value_length()};
    }
  }
}

const arrow::Array& ValuesOf(const arrow::Array& array) {
  switch (array.type_id()) {
    case arrow::Type::LIST:
      return *static_cast<const arrow::ListArray&>(array).values();
    case arrow::Type::LARGE_LIST:
      return *static_cast<const arrow::LargeListArray&>(array).values();
    default:
      return *static_cast<const arrow::FixedSizeListArray&>(array).values();
  }
}

class TableReader : public FeatureTableReader {
 public:
  TableReader(std::unique_ptr<io::ParquetInput> input, std::string column)
      : input_(std::move(input)), column_(std::move(column)) {}

  Status Start() {
    FRUITS_CHECK(CheckColumns());
    FRUITS_CHECK(Guard([&]() -> arrow::Status {
      input_->reader().set_batch_size(BatchRows());
      std::vector<int> groups(static_cast<std::size_t>(input_->reader().num_row_groups()));
      for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<int>(i);
      ARROW_ASSIGN_OR_RAISE(batches_, input_->reader().GetRecordBatchReader(groups, leaves_));
      return arrow::Status::OK();
    }));
    const auto type = input_->schema().GetFieldByName(column_)->type();
    if (type->id() == arrow::Type::FIXED_SIZE_LIST) {
      dimension_ = static_cast<std::size_t>(static_cast<const arrow::FixedSizeListType&>(*type).list_size());
    }
    FRUITS_CHECK(Refill());
    if (!dimension_ && batch_) {
      const arrow::Array& features = *batch_->GetColumnByName(column_);
      if (!features.IsNull(0)) dimension_ = static_cast<std::size_t>(VectorAt(features, 0).length);
    }
    return {};
  }

  std::size_t dimension() const override { return dimension_.value_or(0); }
  std::size_t rows() const override { return input_->rows(); }

  Result<FeatureBatch> Next(std::size_t max_rows) override {
    FeatureBatch out;
    while (batch_ && out.paths.size() < max_rows) {
      const auto left = batch_->num_rows() - in_batch_;
      const auto count = std::min(left, static_cast<int64_t>(max_rows - out.paths.size()));
      FRUITS_CHECK(Take(count, out));
      in_batch_ += count;
      if (in_batch_ == batch_->num_rows()) FRUITS_CHECK(Refill());
    }
    return out;
  }

 private:
  template <typename Call>
  Status Guard(Call&& call) const {
    return io::GuardArrow(ErrorCode::kCorrupt, input_->address(), std::forward<Call>(call));
  }

  std::unexpected<Error> Refuse(std::string_view why) const {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", input_->address(), why));
  }

  // Finds the leaves of the three columns.
  Status CheckColumns() {
    const arrow::Schema& schema = input_->schema();
    const auto check = [&](const std::string& name, bool (*fits)(const arrow::DataType&),
                           const char* expected) -> Status {
      const auto field = schema.GetFieldByName(name);
      if (!field) return Refuse(fmt::format("the column {} is missing; expected {}", name, expected));
      if (!fits(*field->type())) {
        return Refuse(
            fmt::format("the column {} is {}; expected {}", name, field->type()->ToString(), expected));
      }
      return {};
    };
    FRUITS_CHECK(check("path", IsText, "text"));
    has_label_ = schema.GetFieldIndex("label") >= 0;
    if (has_label_) FRUITS_CHECK(check("label", IsText, "text"));
    FRUITS_CHECK(check(column_, IsVector, "a list of float or double"));
    const auto& leaves = *input_->reader().parquet_reader()->metadata()->schema();
    for (int i = 0; i < leaves.num_columns(); ++i) {
      const std::string& root = leaves.GetColumnRoot(i)->name();
      if (root == "path" || root == "label" || root == column_) leaves_.push_back(i);
    }
    return {};
  }

  // As many rows as fit the bound, by the longest vector of each row group on average.
  int64_t BatchRows() const {
    const auto metadata = input_->reader().parquet_reader()->metadata();
    int64_t longest = 1;
    for (int group = 0; group < metadata->num_row_groups(); ++group) {
      const auto row_group = metadata->RowGroup(group);
      for (const int leaf : leaves_) {
        longest = std::max(longest, row_group->ColumnChunk(leaf)->num_values() /
                                        std::max<int64_t>(1, row_group->num_rows()));
      }
    }
    return std::clamp<int64_t>(kMaxBatchBytes / (8 * longest), 1, kMaxBatchRows);
  }

  // The next batch that has rows; none at the end.
  Status Refill() {
    first_of_batch_ += in_batch_;
    in_batch_ = 0;
    Status filled = Guard([&]() -> arrow::Status {
      do {
        ARROW_RETURN_NOT_OK(batches_->ReadNext(&batch_));
      } while (batch_ && batch_->num_rows() == 0);
      return arrow::Status::OK();
    });
    // Arrow looks into categories itself, and names neither column nor row.
    if (!filled && filled.error().message().find("UTF8") != std::string::npos) FRUITS_CHECK(CheckTexts());
    return filled;
  }

  Status CheckTexts() const {
    for (const char* column : {"path", "label"}) {
      std::optional<io::BadText> bad;
      FRUITS_CHECK(Guard([&] {
        bad = io::FindBadText(*input_->reader().parquet_reader(), column);
        return arrow::Status::OK();
      }));
      if (bad) return NotUtf8(bad->row, column, bad->text);
    }
    return {};
  }

  std::unexpected<Error> NotUtf8(int64_t row, std::string_view column, std::string_view text) const {
    return Refuse(
        fmt::format("row {} has a {} that is not UTF-8, '{}'; expected UTF-8 (in a path, other bytes as %XX)",
                    row, column, EncodePath(text)));
  }

  // Arrow takes any bytes for text; the results, which are UTF-8, cannot.
  Result<std::string> Text(std::string_view column, const arrow::Array& array, int64_t i) const {
    const std::string_view text = TextAt(array, i);
    if (IsValidUtf8(text)) return std::string(text);
    return NotUtf8(first_of_batch_ + i, column, text);
  }

  // Rows [in_batch_, in_batch_ + count) of the batch.
  Status Take(int64_t count, FeatureBatch& out) {
    const arrow::Array& paths = *batch_->GetColumnByName("path");
    const std::shared_ptr<arrow::Array> labels = has_label_ ? batch_->GetColumnByName("label") : nullptr;
    const arrow::Array& features = *batch_->GetColumnByName(column_);
    const arrow::Array& values = ValuesOf(features);
    for (int64_t i = in_batch_; i < in_batch_ + count; ++i) {
      const int64_t row = first_of_batch_ + i;
      if (paths.IsNull(i) || (labels && labels->IsNull(i)) || features.IsNull(i)) {
        return Refuse(
            fmt::format("row {} has a null path, label or features; expected a value in each", row));
      }
      const Slice slice = VectorAt(features, i);
      if (static_cast<std::size_t>(slice.length) != dimension()) {
        return Refuse(fmt::format("row {} has {} features; expected {} as in the first row", row,
                                  slice.length, dimension()));
      }
      FRUITS_TRY(out.paths.emplace_back(), Text("path", paths, i));
      if (labels) {
        FRUITS_TRY(out.labels.emplace_back(), Text("label", *labels, i));
      } else {
        out.labels.emplace_back();
      }
      if (!AppendValues(values, slice, out.features))
        return Refuse(fmt::format("row {} has a null among its features", row));
    }
    return {};
  }

  static bool AppendValues(const arrow::Array& values, Slice slice, std::vector<double>& to) {
    if (values.null_count() > 0) {
      for (int64_t i = slice.first; i < slice.first + slice.length; ++i) {
        if (values.IsNull(i)) return false;
      }
    }
    if (values.type_id() == arrow::Type::FLOAT) {
      const float* from = static_cast<const arrow::FloatArray&>(values).raw_values() + slice.first;
      to.insert(to.end(), from, from + slice.length);
    } else {
      const double* from = static_cast<const arrow::DoubleArray&>(values).raw_values() + slice.first;
      to.insert(to.end(), from, from + slice.length);
    }
    return true;
  }

  std::unique_ptr<io::ParquetInput> input_;
  const std::string column_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;  // goes before input_, which it reads from
  std::vector<int> leaves_;
  bool has_label_ = false;
  std::optional<std::size_t> dimension_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t in_batch_ = 0;        // rows of batch_ that are taken
  int64_t first_of_batch_ = 0;  // row number in the file
};

}  // namespace

Result<std::unique_ptr<FeatureTableReader>> FeatureTableReader::Open(std::unique_ptr<RandomReader> file,
                                                                     const std::string& address,
                                                                     const std::string& column) {
  FRUITS_TRY(auto input, io::ParquetInput::Open(std::move(file), address));
  auto reader = std::make_unique<TableReader>(std::move(input), column);
  FRUITS_CHECK(reader->Start());
  return reader;
}

}  // namespace fruits
