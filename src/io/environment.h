// What io takes from the environment, and the one place where it does: whose credentials, and where.
// Threads: any.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace fruits::io {

// The value of a variable; none where it is not set or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

std::optional<std::string> ProcessEnvironment(const char* name);

}  // namespace fruits::io
