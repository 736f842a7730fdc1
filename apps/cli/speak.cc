#include "speak.h"

#include <fmt/chrono.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace fruits::cli {
namespace {

bool as_json = false;

void Write(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

std::string Now() {
  const auto now = std::chrono::system_clock::now();
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     milliseconds);
}

const char* NameOf(Level level) {
  switch (level) {
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      break;
  }
  return "error";
}

}  // namespace

void LogAsJson() { as_json = true; }
bool LogsJson() { return as_json; }

void LogEvent(Level level, std::string_view event, const Fields& fields) {
  if (!as_json) return;
  Fields line = {{"time", Now()}, {"level", NameOf(level)}, {"event", event}};
  line.update(fields);
  // Paths may hold any bytes.
  Write(line.dump(-1, ' ', false, Fields::error_handler_t::replace) + "\n");
}

void SayText(const std::string& text) {
  if (!as_json) return Write(text);
  // What the program says in its own name is a complaint.
  constexpr std::string_view kName = "fruits: ";
  std::string_view message = text;
  const bool complains = message.starts_with(kName);
  if (complains) message.remove_prefix(kName.size());
  while (message.ends_with('\n')) message.remove_suffix(1);
  LogEvent(complains ? Level::kWarning : Level::kInfo, "message", {{"message", message}});
}

}  // namespace fruits::cli
