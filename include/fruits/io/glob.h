// Shell globs: * ? [a-z] [!a-z] and ** (any folders). A '*', '?' or '[' never matches a '/' or a leading dot,
// a
// "**" no folder with one; '?' and a class match one byte. [[] is the bracket itself.
// Threads: any.
#pragma once

#include <string_view>

#include "fruits/core/error.h"

namespace fruits {

bool HasGlobSyntax(std::string_view text);
Status CheckGlob(std::string_view pattern);  // kInvalidArgument: an unclosed '['
bool GlobMatches(std::string_view pattern, std::string_view path, bool ignore_case = false);

}  // namespace fruits
