#include "exit_code.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "speak.h"

namespace fruits::cli {

int ExitCode(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
      return kWrongUsage;
    case ErrorCode::kCancelled:
      return kInterrupted;
    default:
      return kFailed;
  }
}

int Complain(const Error& error) {
  const int code = ExitCode(error);
  if (LogsJson()) {
    LogEvent(
        Level::kError, "error",
        {{"code", std::string(ToString(error.code()))}, {"message", error.message()}, {"exit_code", code}});
  } else {
    Say("fruits: {}", error.message());
  }
  return code;
}

}  // namespace fruits::cli
