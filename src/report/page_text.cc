#include "report/page_text.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <type_traits>

namespace fruits::report {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

template <typename T>
std::string BytesAsBase64(std::span<const T> numbers) {
  static_assert(std::endian::native == std::endian::little && std::is_trivially_copyable_v<T>);
  const auto bytes = std::as_bytes(numbers);
  return Base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::string Base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t here = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < here ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= here ? kDigits[group >> (18 - 6 * k) & 63U] : '=';
  }
  return text;
}

std::string Base64Of(std::span<const float> numbers) { return BytesAsBase64(numbers); }
std::string Base64Of(std::span<const std::uint16_t> numbers) { return BytesAsBase64(numbers); }
std::string Base64Of(std::span<const std::uint32_t> numbers) { return BytesAsBase64(numbers); }

std::string JsonForPage(const nlohmann::ordered_json& json) {
  const std::string text = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size() + text.size() / 64);
  for (std::size_t i = 0; i < text.size(); ++i) {
    // U+2028 and U+2029 end a line in older JavaScript.
    const std::string_view separator = std::string_view(text).substr(i, 3);
    if (text[i] == '<') {
      safe += "\\u003c";
    } else if (text[i] == '>') {
      safe += "\\u003e";
    } else if (text[i] == '&') {
      safe += "\\u0026";
    } else if (separator == "\xE2\x80\xA8" || separator == "\xE2\x80\xA9") {
      safe += separator[2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      safe += text[i];
    }
  }
  return safe;
}

}  // namespace fruits::report
