#include "io/arrow_error.h"

#include <arrow/util/io_util.h>
#include <fmt/core.h>

#include <algorithm>

#include "io/posix.h"

namespace fruits::io {

Error FromArrow(const arrow::Status& status, ErrorCode otherwise, std::string_view context) {
  if (const int number = arrow::internal::ErrnoFromStatus(status); number != 0) {
    return SystemError("read", context, number);
  }
  if (status.IsOutOfMemory()) {
    return Error(ErrorCode::kResourceExhausted, fmt::format("{}: not enough memory", context));
  }
  if (status.IsCancelled()) return Error(ErrorCode::kCancelled, fmt::format("{}: cancelled", context));
  // One line for people: Arrow appends source locations to some of its messages.
  std::string words = status.message();
  words.resize(std::min(words.find('\n'), words.size()));
  return Error(otherwise, fmt::format("{}: {}", context, words));
}

}  // namespace fruits::io
