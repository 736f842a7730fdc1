#include "arrow_data.h"

#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <fmt/format.h>

#include "fruits/core/try.h"

namespace fruits::python {
namespace {

Error Internal(const arrow::Status& status) {
  return {status.IsOutOfMemory() ? ErrorCode::kResourceExhausted : ErrorCode::kInternal, status.ToString()};
}

template <typename Array>
ArrowBytes BytesOf(const std::shared_ptr<arrow::Array>& array) {
  const auto& typed = static_cast<const Array&>(*array);
  ArrowBytes bytes{.owner = array, .values = {}, .is_null = {}};
  bytes.values.resize(static_cast<std::size_t>(typed.length()));
  bytes.is_null.resize(bytes.values.size());
  for (std::size_t i = 0; i < bytes.values.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    bytes.is_null[i] = typed.IsNull(row);
    if (!bytes.is_null[i]) bytes.values[i] = std::as_bytes(std::span<const char>(typed.GetView(row)));
  }
  return bytes;
}

}  // namespace

Result<ArrowBytes> ImportBytes(ArrowSchema& schema, ArrowArray& array) {
  auto imported = arrow::ImportArray(&array, &schema);
  if (!imported.ok()) {
    return Fail(ErrorCode::kInvalidArgument, "no Arrow array: " + imported.status().ToString());
  }
  switch ((*imported)->type_id()) {
    case arrow::Type::BINARY:
    case arrow::Type::STRING:
      return BytesOf<arrow::BinaryArray>(*imported);
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::LARGE_STRING:
      return BytesOf<arrow::LargeBinaryArray>(*imported);
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::STRING_VIEW:
      return BytesOf<arrow::BinaryViewArray>(*imported);
    default:
      return Fail(ErrorCode::kInvalidArgument, fmt::format("an Arrow array of {}: expected binary or string",
                                                           (*imported)->type()->ToString()));
  }
}

struct FeatureRows::Buffer {
  std::shared_ptr<arrow::Buffer> floats;
};

Result<FeatureRows> FeatureRows::Make(std::size_t rows, std::size_t dimension) {
  auto floats = arrow::AllocateBuffer(static_cast<std::int64_t>(rows * dimension * sizeof(float)));
  if (!floats.ok()) return std::unexpected(Internal(floats.status()));
  FeatureRows made;
  made.buffer_ = std::make_shared<Buffer>(Buffer{std::move(*floats)});
  made.faults_.resize(rows);
  made.dimension_ = dimension;
  return made;
}

std::span<float> FeatureRows::features() const {
  return {reinterpret_cast<float*>(buffer_->floats->mutable_data()), faults_.size() * dimension_};
}

Status FeatureRows::Export(ArrowSchema& schema, ArrowArray& array) const {
  const auto rows = static_cast<std::int64_t>(faults_.size());
  arrow::TypedBufferBuilder<bool> valid;
  arrow::StringBuilder errors;
  for (const PhotoFault& fault : faults_) {
    const bool is_good = fault.reason.empty();
    arrow::Status status = valid.Append(is_good);
    if (status.ok()) status = is_good ? errors.AppendNull() : errors.Append(fault.reason);
    if (!status.ok()) return std::unexpected(Internal(status));
  }
  const std::int64_t bad = valid.false_count();
  auto bitmap = valid.Finish();
  if (!bitmap.ok()) return std::unexpected(Internal(bitmap.status()));
  auto reasons = errors.Finish();
  if (!reasons.ok()) return std::unexpected(Internal(reasons.status()));
  const auto values =
      std::make_shared<arrow::FloatArray>(rows * static_cast<std::int64_t>(dimension_), buffer_->floats);
  const auto type = arrow::fixed_size_list(arrow::field("item", arrow::float32(), false),
                                           static_cast<std::int32_t>(dimension_));
  const auto features = std::make_shared<arrow::FixedSizeListArray>(type, rows, values, *bitmap, bad);
  const auto batch = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("features", type), arrow::field("error", arrow::utf8())}), rows,
      {features, *reasons});
  const arrow::Status exported = arrow::ExportRecordBatch(*batch, &array, &schema);
  if (!exported.ok()) return std::unexpected(Internal(exported));
  return {};
}

}  // namespace fruits::python
