#include "exit_code.h"

#include <fmt/format.h>

#include <cstdio>

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
  Say("fruits: {}", error.message());
  return ExitCode(error);
}

}  // namespace fruits::cli
