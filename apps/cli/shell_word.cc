#include "shell_word.h"

#include <algorithm>

namespace fruits::cli {

std::string ShellWord(std::string_view text) {
  constexpr std::string_view kPlainMarks = "_@%+=:,./-";
  const auto is_plain = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kPlainMarks.contains(c);
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += R"('"'"')";  // within quotes nothing stands for a quote: they end, and begin anew
    } else {
      word += c;
    }
  }
  return word + "'";
}

}  // namespace fruits::cli
