// Bytes and texts as they can stand in a page: base64, and JSON that no HTML parser takes for markup.
// Threads: any.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace fruits::report {

std::string Base64(std::string_view bytes);

// The numbers' bytes, lowest first, as base64.
std::string Base64Of(std::span<const float> numbers);
std::string Base64Of(std::span<const std::uint16_t> numbers);
std::string Base64Of(std::span<const std::uint32_t> numbers);

// For <script type="application/json">: '<' and '>' and the line separators of JavaScript are escaped, bytes
// that are not UTF-8 become U+FFFD.
std::string JsonForPage(const nlohmann::ordered_json& json);

}  // namespace fruits::report
