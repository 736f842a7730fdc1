#include "exit_code.h"

#include <fmt/format.h>

#include <cstdio>

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
  fmt::print(stderr, "fruits: {}\n", error.message());
  return ExitCode(error);
}

}  // namespace fruits::cli
