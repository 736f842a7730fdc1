// The one place where what Arrow and Parquet report, as Status or by throwing, becomes our Error.
// Threads: any.
#pragma once

#include <arrow/status.h>

#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "fruits/core/error.h"

namespace fruits::io {

// "<context>: <Arrow's words>". A fault of the system keeps its meaning (not found, disk full, no memory);
// everything else has the code `otherwise`: kCorrupt when reading, kInternal when writing.
Error FromArrow(const arrow::Status& status, ErrorCode otherwise, std::string_view context);

// Runs `call`, which returns an arrow::Status and may throw.
template <typename Call>
Status GuardArrow(ErrorCode otherwise, std::string_view context, Call&& call) {
  try {
    const arrow::Status status = call();
    if (status.ok()) return {};
    return std::unexpected(FromArrow(status, otherwise, context));
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kResourceExhausted, std::string(context) + ": not enough memory");
  } catch (const std::exception& error) {
    // parquet::ParquetException among them.
    return std::unexpected(FromArrow(arrow::Status::Invalid(error.what()), otherwise, context));
  }
}

}  // namespace fruits::io
