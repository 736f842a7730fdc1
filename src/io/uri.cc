#include "fruits/io/uri.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <vector>

namespace fruits {
namespace {

struct Remote {
  Scheme scheme;
  std::string_view start;
  std::string_view form;  // as messages show it
};
constexpr Remote kRemotes[] = {{Scheme::kS3, "s3://", "s3://bucket/key"},
                               {Scheme::kGcs, "gs://", "gs://bucket/key"},
                               {Scheme::kHdfs, "hdfs://", "hdfs://host:port/path"}};

std::string_view StartOf(Scheme scheme) {
  return std::ranges::find(kRemotes, scheme, &Remote::scheme)->start;
}

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Length of the valid UTF-8 sequence at the start of `text`, 0 where there is none (The Unicode Standard,
// table 3-7).
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (text.size() < length || byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!IsContinuation(byte(i))) return 0;
  }
  return length;
}

bool IsPlainAscii(unsigned char byte) { return byte >= 0x20 && byte < 0x7F && byte != '%'; }

void AppendEscape(unsigned char byte, std::string& text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  text += '%';
  text += kDigits[byte >> 4];
  text += kDigits[byte & 15];
}

int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// "s3" of "S3://b/k" or "file" of "file:/a"; empty for a plain path.
std::string SchemeOf(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '+' ||
                               text[end] == '-' || text[end] == '.')) {
    ++end;
  }
  if (end == 0 || !std::isalpha(static_cast<unsigned char>(text[0]))) return "";
  std::string scheme(text.substr(0, end));
  for (char& c : scheme) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const bool has_authority = text.substr(end).starts_with("://");
  return has_authority || (scheme == "file" && text.substr(end).starts_with(":/")) ? scheme : "";
}

// "/a//b/./c/../d/" -> "/a/b/d".
std::string Normalise(std::string_view absolute) {
  std::vector<std::string_view> parts;
  while (!absolute.empty()) {
    const std::size_t slash = absolute.find('/');
    const std::string_view part = absolute.substr(0, slash);
    absolute.remove_prefix(slash == std::string_view::npos ? absolute.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  std::string path;
  for (const std::string_view part : parts) path.append("/").append(part);
  return path.empty() ? "/" : path;
}

Result<Uri> ParseFileUri(std::string_view text) {
  std::string_view rest = text.substr(5);  // after "file:"
  if (rest.starts_with("//")) {
    const std::size_t slash = rest.find('/', 2);
    const std::string_view host = rest.substr(2, slash == std::string_view::npos ? slash : slash - 2);
    if (slash == std::string_view::npos || (!host.empty() && host != "localhost")) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("'{}' does not name a file of this machine; expected file:///absolute/path", text));
    }
    rest = rest.substr(slash);
  }
  auto raw = DecodePath(rest);
  if (!raw) return std::unexpected(raw.error().WithContext(fmt::format("'{}'", text)));
  return Uri{Scheme::kFile, "", Normalise(*raw)};
}

Result<Uri> ParseRemoteUri(const Remote& remote, std::string_view text) {
  const std::string_view rest = text.substr(text.find("://") + 3);
  const std::size_t slash = rest.find('/');
  const std::string_view bucket = rest.substr(0, slash);
  if (bucket.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' has no {}; expected {}", text,
                            remote.scheme == Scheme::kHdfs ? "host" : "bucket", remote.form));
  }
  auto key = DecodePath(slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1));
  if (!key) return std::unexpected(key.error().WithContext(fmt::format("'{}'", text)));
  if (remote.scheme == Scheme::kHdfs) key = Normalise("/" + *key).substr(1);
  return Uri{remote.scheme, std::string(bucket), std::move(*key)};
}

Result<Uri> ParsePlainPath(std::string_view text, std::string_view working_directory) {
  if (text.starts_with('/')) return Uri{Scheme::kFile, "", Normalise(text)};
  std::string base(working_directory);
  if (base.empty()) {
    std::error_code error;
    base = std::filesystem::current_path(error).string();
    if (error) {
      return Fail(ErrorCode::kIo,
                  fmt::format("'{}' is relative and the working directory cannot be found: {}",
                              EncodePath(text), error.message()));
    }
  }
  base.append("/").append(text);
  return Uri{Scheme::kFile, "", Normalise(base)};
}

}  // namespace

std::string EncodePath(std::string_view raw) {
  std::string text;
  text.reserve(raw.size() + 8);
  while (!raw.empty()) {
    std::size_t plain = 0;
    while (plain < raw.size() && IsPlainAscii(static_cast<unsigned char>(raw[plain]))) ++plain;
    text.append(raw.substr(0, plain));
    raw.remove_prefix(plain);
    if (raw.empty()) break;
    const std::size_t length = static_cast<unsigned char>(raw[0]) >= 0x80 ? SequenceLength(raw) : 0;
    if (length > 0) {
      text.append(raw.substr(0, length));
      raw.remove_prefix(length);
    } else {
      AppendEscape(static_cast<unsigned char>(raw[0]), text);
      raw.remove_prefix(1);
    }
  }
  return text;
}

Result<std::string> DecodePath(std::string_view encoded) {
  std::string raw;
  raw.reserve(encoded.size());
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      raw += encoded[i];
      continue;
    }
    const int high = i + 2 < encoded.size() ? HexValue(encoded[i + 1]) : -1;
    const int low = i + 2 < encoded.size() ? HexValue(encoded[i + 2]) : -1;
    if (high < 0 || low < 0 || high + low == 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("broken percent escape '{}'; expected %01 to %FF, and %25 for a '%'",
                              EncodePath(encoded.substr(i, 3))));
    }
    raw += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return raw;
}

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string LocalPathToUri(std::string_view raw_path) { return "file://" + EncodePath(raw_path); }

std::string Uri::ToString() const {
  return is_local() ? LocalPathToUri(raw) : fmt::format("{}{}/{}", StartOf(scheme), bucket, EncodePath(raw));
}

std::string Uri::RawPath() const {
  return is_local() ? raw : fmt::format("{}{}/{}", StartOf(scheme), bucket, raw);
}

Uri UriOfRawPath(std::string_view raw_path) {
  const auto* const remote =
      std::ranges::find_if(kRemotes, [&](const Remote& r) { return raw_path.starts_with(r.start); });
  if (remote == std::end(kRemotes))
    return {.scheme = Scheme::kFile, .bucket = {}, .raw = std::string(raw_path)};
  raw_path.remove_prefix(remote->start.size());
  const std::size_t slash = std::min(raw_path.find('/'), raw_path.size());
  return {.scheme = remote->scheme,
          .bucket = std::string(raw_path.substr(0, slash)),
          .raw = std::string(raw_path.substr(std::min(slash + 1, raw_path.size())))};
}

Result<Uri> ParseUri(std::string_view text, std::string_view working_directory) {
  if (text.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "an empty path; expected a path or an address such as file:///...");
  if (text.find('\0') != std::string_view::npos) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' has a zero byte in it", EncodePath(text)));
  }
  const std::string scheme = SchemeOf(text);
  if (scheme.empty()) return ParsePlainPath(text, working_directory);
  if (scheme == "file") return ParseFileUri(text);
  const std::string start = scheme == "s3a" ? "s3://" : scheme + "://";
  for (const Remote& remote : kRemotes) {
    if (start == remote.start) return ParseRemoteUri(remote, text);
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' has the scheme '{}'; expected a path, file:///..., {}, {} or {}", text,
                          scheme, kRemotes[0].form, kRemotes[1].form, kRemotes[2].form));
}

}  // namespace fruits
