// Lines for people, or with --log-format json one JSON object a line. A closed or full stream is no reason to
// end a run: errors are swallowed on stderr, and told on stdout. Threads: any; a line goes out whole.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace fruits::cli {

using Fields = nlohmann::ordered_json;
enum class Level { kInfo, kWarning, kError };

// For the whole process; before it has threads.
void LogAsJson();
bool LogsJson();

// {"time": ..., "level": ..., "event": event, and `fields`} on stderr; nothing where lines are for people.
void LogEvent(Level level, std::string_view event, const Fields& fields);

// On stderr as it is; an event "message" in JSON.
void SayText(const std::string& text);

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
