#include "io/s3/sign.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <span>

#include "fruits/core/sha256.h"

namespace fruits::io {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string Encode(std::string_view raw, bool keep_slash) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  text.reserve(raw.size() + 16);
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || (keep_slash && c == '/');
    if (plain) {
      text += c;
    } else {
      text += '%';
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
  }
  return text;
}

// RFC 2104.
Sha256Digest HmacSha256(std::string_view key, std::string_view message) {
  constexpr std::size_t kBlock = 64;
  std::array<std::uint8_t, kBlock> pad{};
  if (key.size() > kBlock) {
    const Sha256Digest digest = Sha256Of(key);
    std::copy(digest.begin(), digest.end(), pad.begin());
  } else {
    std::copy(key.begin(), key.end(), pad.begin());
  }
  const auto keyed = [&pad](std::uint8_t mask, std::span<const std::byte> bytes) {
    std::array<std::uint8_t, kBlock> masked = pad;
    for (std::uint8_t& byte : masked) byte ^= mask;
    Sha256 hash;
    hash.Update(std::as_bytes(std::span(masked)));
    hash.Update(bytes);
    return hash.Finish();
  };
  const Sha256Digest inner = keyed(0x36, std::as_bytes(std::span(message)));
  return keyed(0x5c, std::as_bytes(std::span(inner)));
}

std::string_view AsText(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

NameValues Sorted(NameValues pairs) {
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

std::string SignedHeaders(const SignInput& input) {
  std::string names;
  for (const auto& [name, value] : Sorted(input.headers)) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

std::string Scope(const SignInput& input) {
  return fmt::format("{}/{}/s3/aws4_request", input.time.substr(0, 8), input.region);
}

}  // namespace

std::string EncodeStrictly(std::string_view raw) { return Encode(raw, false); }

std::string EncodeKey(std::string_view raw) { return Encode(raw, true); }

std::string CanonicalQuery(const NameValues& query) {
  NameValues encoded;
  for (const auto& [name, value] : query) encoded.emplace_back(EncodeStrictly(name), EncodeStrictly(value));
  std::string text;
  for (const auto& [name, value] : Sorted(std::move(encoded))) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

std::string CanonicalRequest(const SignInput& input) {
  std::string text = fmt::format("{}\n{}\n{}\n", input.method, input.path, input.query);
  for (const auto& [name, value] : Sorted(input.headers)) text += fmt::format("{}:{}\n", name, value);
  return text + fmt::format("\n{}\n{}", SignedHeaders(input), input.payload_hash);
}

std::string StringToSign(const SignInput& input) {
  return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, input.time, Scope(input),
                     ToHex(Sha256Of(CanonicalRequest(input))));
}

std::string Authorization(const SignInput& input, const S3Credentials& credentials) {
  Sha256Digest key = HmacSha256("AWS4" + credentials.secret_key, input.time.substr(0, 8));
  for (const std::string_view part :
       {std::string_view(input.region), std::string_view("s3"), std::string_view("aws4_request")}) {
    key = HmacSha256(AsText(key), part);
  }
  return fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm, credentials.access_key,
                     Scope(input), SignedHeaders(input), ToHex(HmacSha256(AsText(key), StringToSign(input))));
}

std::string AmzTime(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 24> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return text.data();
}

}  // namespace fruits::io
