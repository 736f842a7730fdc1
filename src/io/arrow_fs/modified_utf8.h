// Text as Java's native interface has it: characters beyond the basic plane are two surrogates of three bytes
// each, where UTF-8 has four (The Java Virtual Machine Specification, 4.4.7). Bytes that are neither stay as
// they are. Threads: any.
#pragma once

#include <string>
#include <string_view>

namespace fruits::io {

std::string ToModifiedUtf8(std::string_view utf8);
std::string FromModifiedUtf8(std::string_view modified);

}  // namespace fruits::io
