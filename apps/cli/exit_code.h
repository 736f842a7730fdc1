// Errors as exit codes and one line on stderr.
#pragma once

#include "fruits/core/error.h"

namespace fruits::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;  // the same command can go on
inline constexpr int kWrongUsage = 2;
inline constexpr int kTooManyRejected = 3;  // done all the same
inline constexpr int kInterrupted = 130;

int ExitCode(const Error& error);
// Prints "fruits: MESSAGE" and returns its exit code.
int Complain(const Error& error);

}  // namespace fruits::cli
