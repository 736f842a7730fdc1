#include "fruits/io/glob.h"

#include <fmt/core.h>

#include <string>
#include <vector>

#include "fruits/io/uri.h"

namespace fruits {
namespace {

char Fold(char c, bool ignore_case) {
  return ignore_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// The length of the class at the start of `pattern`, from '[' to its ']'; 0 where it is not closed.
// A ']' right after the '[' or '[!' stands for itself.
std::size_t ClassLength(std::string_view pattern) {
  std::size_t i = 1;
  if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) ++i;
  if (i < pattern.size() && pattern[i] == ']') ++i;
  while (i < pattern.size() && pattern[i] != ']' && pattern[i] != '/') ++i;
  return i < pattern.size() && pattern[i] == ']' ? i + 1 : 0;
}

bool ClassHas(std::string_view klass, char c, bool ignore_case) {
  klass = klass.substr(1, klass.size() - 2);
  const bool negated = klass[0] == '!' || klass[0] == '^';
  if (negated) klass.remove_prefix(1);
  const auto in_range = [&](char low, char high, char x) {
    const auto byte = static_cast<unsigned char>(x);
    return static_cast<unsigned char>(low) <= byte && byte <= static_cast<unsigned char>(high);
  };
  const char lower = Fold(c, ignore_case);
  const char upper = ignore_case && lower >= 'a' && lower <= 'z' ? static_cast<char>(lower - 32) : c;
  bool found = false;
  for (std::size_t i = 0; i < klass.size() && !found; ++i) {
    const bool range = i + 2 < klass.size() && klass[i + 1] == '-';
    const char high = range ? klass[i + 2] : klass[i];
    found = in_range(klass[i], high, c) || in_range(klass[i], high, lower) || in_range(klass[i], high, upper);
    if (range) i += 2;
  }
  return found != negated;
}

// Consumes one character's worth of pattern at `p`; its length, or 0 where `c` does not match.
std::size_t MatchOne(std::string_view pattern, std::size_t p, char c, bool ignore_case) {
  if (pattern[p] == '?') return 1;
  if (pattern[p] == '[') {
    const std::size_t length = ClassLength(pattern.substr(p));
    if (length > 0) return ClassHas(pattern.substr(p, length), c, ignore_case) ? length : 0;
  }
  return Fold(pattern[p], ignore_case) == Fold(c, ignore_case) ? 1 : 0;
}

bool ComponentMatches(std::string_view pattern, std::string_view name, bool ignore_case) {
  if (name.starts_with('.') && !pattern.starts_with('.')) return false;
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;  // after the last '*' met, and how far it reaches
  std::size_t reach = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      reach = n;
      continue;
    }
    const std::size_t step = p < pattern.size() ? MatchOne(pattern, p, name[n], ignore_case) : 0;
    if (step > 0) {
      p += step;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star;
      n = ++reach;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

bool HasGlobSyntax(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

Status CheckGlob(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '[') continue;
    const std::size_t length = ClassLength(pattern.substr(i));
    if (length == 0) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("the glob '{}' has a '[' that is not closed; write [[] for the character itself",
                      EncodePath(pattern)));
    }
    i += length - 1;
  }
  return {};
}

bool GlobMatches(std::string_view pattern, std::string_view path, bool ignore_case) {
  if (pattern.find('/') == std::string_view::npos && pattern != "**") {
    return path.find('/') == std::string_view::npos && ComponentMatches(pattern, path, ignore_case);
  }
  // reached[p]: the first p parts of the pattern match the folders read so far.
  const std::vector<std::string_view> parts = Split(pattern);
  std::vector<bool> reached(parts.size() + 1, false);
  reached[0] = true;
  const auto skip_empty = [&](std::vector<bool>& states) {
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (states[p] && parts[p] == "**") states[p + 1] = true;
    }
  };
  skip_empty(reached);
  for (const std::string_view name : Split(path)) {
    std::vector<bool> next(parts.size() + 1, false);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (!reached[p]) continue;
      if (parts[p] == "**") {
        if (!name.starts_with('.')) next[p] = true;
      } else if (ComponentMatches(parts[p], name, ignore_case)) {
        next[p + 1] = true;
      }
    }
    skip_empty(next);
    reached = std::move(next);
  }
  return reached[parts.size()];
}

}  // namespace fruits
