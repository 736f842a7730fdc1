// A check of an option's text: "", as of a shell's variable that is not set, is not the same as leaving the
// option out.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>
#include <utility>

namespace fruits::cli {

inline CLI::Validator NotEmpty(std::string expected) {
  return CLI::Validator(
      [expected = std::move(expected)](std::string& text) -> std::string {
        if (!text.empty()) return {};
        return fmt::format("'': expected {}", expected);
      },
      "");
}

}  // namespace fruits::cli
