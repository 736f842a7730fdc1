#include "io/feature_part_schema.h"

#include <arrow/type.h>

namespace fruits::io {
namespace {

std::shared_ptr<arrow::Field> Required(const char* name, std::shared_ptr<arrow::DataType> type) {
  return arrow::field(name, std::move(type), /*nullable=*/false);
}

}  // namespace

std::shared_ptr<arrow::DataType> VectorType(const std::shared_ptr<arrow::DataType>& value, std::size_t size) {
  return arrow::fixed_size_list(Required("element", value), static_cast<int32_t>(size));
}

// Signed integers: Spark has no others.
std::shared_ptr<arrow::Schema> FeatureSchema(std::size_t dimension) {
  return arrow::schema({Required("path", arrow::utf8()), Required("label", arrow::utf8()),
                        Required("size_bytes", arrow::int64()), arrow::field("etag", arrow::utf8()),
                        Required("mtime", arrow::int64()), Required("width", arrow::int32()),
                        Required("height", arrow::int32()),
                        Required("content_sha256", arrow::fixed_size_binary(32)),
                        Required("features", VectorType(arrow::float32(), dimension))});
}

std::shared_ptr<arrow::Schema> RejectedSchema() {
  return arrow::schema({Required("path", arrow::utf8()), Required("stage", arrow::utf8()),
                        Required("reason", arrow::utf8()), Required("size_bytes", arrow::int64()),
                        arrow::field("etag", arrow::utf8()), Required("mtime", arrow::int64())});
}

std::shared_ptr<arrow::Schema> ThumbnailSchema() {
  return arrow::schema({Required("path", arrow::utf8()), Required("thumbnail", arrow::binary())});
}

}  // namespace fruits::io
