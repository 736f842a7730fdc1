// The schemas and footer keys of a part's three files: one place for who writes and who reads them.
// Threads: any.
#pragma once

#include <arrow/type_fwd.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace fruits::io {

inline constexpr std::string_view kFormatVersion = "1";
inline constexpr std::string_view kFormatKey = "fruits.part_format";
inline constexpr std::string_view kFingerprintKey = "fruits.fingerprint";
inline constexpr std::string_view kRejectedKey = "fruits.rejected";
inline constexpr std::string_view kFirstPathKey = "fruits.first_path";
inline constexpr std::string_view kLastPathKey = "fruits.last_path";
inline constexpr std::string_view kFeaturesLeaf = "features.list.element";

// fixed_size_list<element: T not null>[size], as Parquet's own LIST rules name it.
std::shared_ptr<arrow::DataType> VectorType(const std::shared_ptr<arrow::DataType>& value, std::size_t size);

std::shared_ptr<arrow::Schema> FeatureSchema(std::size_t dimension);
std::shared_ptr<arrow::Schema> RejectedSchema();
std::shared_ptr<arrow::Schema> ThumbnailSchema();

}  // namespace fruits::io
