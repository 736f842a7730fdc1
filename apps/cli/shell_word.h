// Paths and names in commands that people copy into a shell.
// Threads: plain functions.
#pragma once

#include <string>
#include <string_view>

namespace fruits::cli {

// `text` as one word of a POSIX shell: as it is where nothing in it means anything there, else in quotes.
std::string ShellWord(std::string_view text);

}  // namespace fruits::cli
