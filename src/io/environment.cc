#include "io/environment.h"

#include <cstdlib>

namespace fruits::io {

std::optional<std::string> ProcessEnvironment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == 0) return std::nullopt;
  return value;
}

}  // namespace fruits::io
