// Lines for people. A closed or full stream is no reason to end a run: errors are swallowed on stderr, and
// told on stdout.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace fruits::cli {

inline void SayText(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

// One line on stderr.
template <typename... Arguments>
void Say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  SayText(fmt::format(format, std::forward<Arguments>(arguments)...) + "\n");
}

// One line on stdout, for programs.
template <typename... Arguments>
void Print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  std::fputs((fmt::format(format, std::forward<Arguments>(arguments)...) + "\n").c_str(), stdout);
}

}  // namespace fruits::cli
