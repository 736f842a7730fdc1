// A number that is the whole of a text. Threads: any.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace fruits::io {

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace fruits::io
