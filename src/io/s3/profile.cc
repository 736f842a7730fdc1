#include "io/s3/profile.h"

#include <fmt/core.h>

#include <fstream>
#include <iterator>

namespace fruits::io {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// A comment at the end of a value begins with a blank.
std::string_view WithoutComment(std::string_view value) {
  for (std::size_t i = 1; i < value.size(); ++i) {
    if ((value[i] == '#' || value[i] == ';') && IsBlank(value[i - 1])) return Trimmed(value.substr(0, i));
  }
  return value;
}

std::string SectionName(std::string_view line) {
  const std::string_view inside = Trimmed(line.substr(1, line.find(']') - 1));
  const std::size_t blank = inside.find_first_of(" \t");
  if (blank == std::string_view::npos) return std::string(inside);
  std::string_view name = Trimmed(inside.substr(blank));
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  return fmt::format("{} {}", inside.substr(0, blank), name);
}

Ini ReadIni(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return ParseIni(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace

Ini ParseIni(std::string_view text) {
  Ini ini;
  IniSection* section = nullptr;
  std::string parent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view line = Trimmed(whole);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[' && line.find(']') != std::string_view::npos) {
      section = &ini[SectionName(line)];
      parent.clear();
      continue;
    }
    const std::size_t equals = line.find('=');
    if (section == nullptr || equals == std::string_view::npos) continue;
    const std::string key(Trimmed(line.substr(0, equals)));
    const std::string value(WithoutComment(Trimmed(line.substr(equals + 1))));
    const bool is_nested = IsBlank(whole.front()) && !parent.empty();
    if (!is_nested) parent = value.empty() ? key : "";
    (*section)[is_nested ? parent + "." + key : key] = value;
  }
  return ini;
}

std::string Profile::Get(std::string_view setting) const {
  const auto found = settings.find(setting);
  return found == settings.end() ? "" : found->second;
}

Result<Profile> LoadProfile(const Environment& environment) {
  const auto file = [&](const char* variable, const char* name) {
    if (const auto path = environment(variable)) return *path;
    return environment("HOME").value_or("") + "/.aws/" + name;
  };
  auto named = environment("AWS_PROFILE");
  if (!named) named = environment("AWS_DEFAULT_PROFILE");
  Profile profile{.name = named.value_or("default")};
  const std::string config_file = file("AWS_CONFIG_FILE", "config");
  const std::string credentials_file = file("AWS_SHARED_CREDENTIALS_FILE", "credentials");
  const Ini config = ReadIni(config_file);
  auto found = config.find("profile " + profile.name);
  if (found == config.end() && profile.name == "default") found = config.find("default");
  if (found != config.end()) {
    profile.exists = true;
    profile.settings = found->second;
  }
  const Ini credentials = ReadIni(credentials_file);
  if (const auto keys = credentials.find(profile.name); keys != credentials.end()) {
    profile.exists = true;
    for (const auto& [key, value] : keys->second) profile.settings.insert_or_assign(key, value);
  }
  if (!profile.exists && named && *named != "default") {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("AWS_PROFILE names '{}', which is neither in {} nor in {}", profile.name,
                            config_file, credentials_file));
  }
  return profile;
}

}  // namespace fruits::io
