#include "io/s3/object_headers.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <chrono>

#include "fruits/core/sha256.h"

namespace fruits::io {

std::optional<std::uint64_t> ParseSize(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return size;
}

std::string EtagOf(const HttpAnswer& answer) {
  std::string_view etag = answer.Header("etag");
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

S3Object ObjectOf(const HttpAnswer& answer, std::uint64_t size_bytes) {
  S3Object object{.size_bytes = size_bytes, .etag = EtagOf(answer)};
  if (const auto time = ParseHttpDate(answer.Header("last-modified"))) {
    object.mtime_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(time->time_since_epoch()).count();
  }
  return object;
}

std::string EtagOfParts(std::span<const std::string> etags) {
  std::string digests;
  for (const std::string& etag : etags) {
    if (etag.size() != 32) return "";
    for (std::size_t i = 0; i < etag.size(); i += 2) {
      unsigned byte = 0;
      if (std::from_chars(etag.data() + i, etag.data() + i + 2, byte, 16).ptr != etag.data() + i + 2)
        return "";
      digests += static_cast<char>(byte);
    }
  }
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> md5{};
  unsigned size = 0;
  if (EVP_Digest(digests.data(), digests.size(), md5.data(), &size, EVP_md5(), nullptr) != 1) return "";
  return fmt::format("{}-{}", ToHex(std::span(md5).first(size)), etags.size());
}

Result<std::uint64_t> WholeSize(const HttpAnswer& answer, const S3GetOptions& options,
                                std::uint64_t received) {
  if (answer.status != 206) {
    if (options.offset == 0 && received == options.length) return received;
    return Fail(ErrorCode::kFailedPrecondition, "the server sends whole objects where a range is asked for");
  }
  std::string_view range = answer.Header("content-range");
  const std::size_t slash = range.find('/');
  const std::size_t dash = range.find('-');
  if (!range.starts_with("bytes ") || slash == std::string_view::npos || dash > slash) {
    return Fail(ErrorCode::kCorrupt, "a part of the object without its Content-Range");
  }
  const auto first = ParseSize(range.substr(6, dash - 6));
  const auto total = ParseSize(range.substr(slash + 1));
  if (!first || !total || *first != options.offset)
    return Fail(ErrorCode::kCorrupt, "another range than asked for");
  if (received < options.length && *first + received == *total) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("a range of {} bytes at {} of an object of {} bytes",
                                                         options.length, options.offset, *total));
  }
  if (received != options.length) return Fail(ErrorCode::kCorrupt, "another range than asked for");
  return *total;
}

}  // namespace fruits::io
