#include "io/s3/request.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "fruits/core/sha256.h"
#include "fruits/io/uri.h"

namespace fruits::io {
namespace {

// Buckets whose name is a host name's label can stand before the endpoint; one with a dot breaks TLS's
// wildcard.
bool FitsHostName(std::string_view bucket) {
  return bucket.size() >= 3 && bucket.size() <= 63 && std::ranges::all_of(bucket, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

struct Place {
  std::string scheme;
  std::string host;
  std::string path;
};

Place PlaceOf(const S3Operation& operation, const S3Target& target) {
  Place place{target.endpoint.scheme, target.endpoint.host, target.endpoint.path};
  if (place.host.empty()) {
    place.scheme = "https";
    place.host =
        fmt::format("s3.{}.amazonaws.com{}", target.region, target.region.starts_with("cn-") ? ".cn" : "");
  }
  if (target.path_style || !FitsHostName(operation.bucket)) {
    place.path += "/" + EncodeKey(operation.bucket);
    if (!operation.key.empty()) place.path += "/" + EncodeKey(operation.key);
  } else {
    place.host = operation.bucket + "." + place.host;
    place.path += "/" + EncodeKey(operation.key);
  }
  return place;
}

// So that a browser shows what it is given a link to.
std::string_view ContentTypeOf(std::string_view key) {
  using Type = std::pair<std::string_view, std::string_view>;
  constexpr std::array<Type, 5> kTypes = {
      Type(".html", "text/html; charset=utf-8"), Type(".svg", "image/svg+xml"), Type(".png", "image/png"),
      Type(".csv", "text/csv; charset=utf-8"), Type(".json", "application/json")};
  for (const auto& [ending, type] : kTypes) {
    if (key.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

}  // namespace

Result<Endpoint> ParseEndpoint(std::string_view text, std::string_view name) {
  if (text.empty()) return Endpoint{};
  const bool has_user = text.find('@') != std::string_view::npos;
  const auto refuse = [&] {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{} is {}; expected http://host:port or https://host", name,
                            has_user ? std::string("an address with a user in it")
                                     : fmt::format("'{}'", EncodePath(text))));
  };
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  if (!url || has_user || !(text.starts_with("http://") || text.starts_with("https://")) ||
      curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK) {
    return refuse();
  }
  Endpoint endpoint{PartOf(url.get(), CURLUPART_SCHEME), PartOf(url.get(), CURLUPART_HOST),
                    PartOf(url.get(), CURLUPART_PATH)};
  if (endpoint.host.empty() || !PartOf(url.get(), CURLUPART_QUERY).empty()) return refuse();
  const std::string port = PartOf(url.get(), CURLUPART_PORT);
  if (!port.empty() && port != (endpoint.scheme == "https" ? "443" : "80")) endpoint.host += ":" + port;
  while (endpoint.path.ends_with('/')) endpoint.path.pop_back();
  return endpoint;
}

HttpRequest BuildRequest(const S3Operation& operation, const S3Target& target,
                         const S3Credentials& credentials, std::chrono::system_clock::time_point now) {
  const Place place = PlaceOf(operation, target);
  const std::string query = CanonicalQuery(operation.query);
  HttpRequest request{.method = operation.method, .body = operation.body, .max_bytes = operation.max_bytes};
  request.url =
      fmt::format("{}://{}{}{}{}", place.scheme, place.host, place.path, query.empty() ? "" : "?", query);
  NameValues headers = operation.headers;
  headers.emplace_back("host", place.host);
  if (operation.method == "PUT" || operation.method == "POST")
    headers.emplace_back("content-type", ContentTypeOf(operation.key));
  std::string authorization;
  if (!credentials.access_key.empty()) {
    const std::string hash =
        place.scheme == "https" ? std::string(kUnsignedPayload) : ToHex(Sha256Of(operation.body));
    const std::string time = AmzTime(now);
    headers.emplace_back("x-amz-content-sha256", hash);
    headers.emplace_back("x-amz-date", time);
    if (!credentials.session_token.empty()) {
      headers.emplace_back("x-amz-security-token", credentials.session_token);
    }
    authorization =
        Authorization({operation.method, place.path, query, headers, hash, time, target.region}, credentials);
  }
  for (const auto& [name, value] : headers) request.headers.push_back(fmt::format("{}: {}", name, value));
  if (!authorization.empty()) request.headers.push_back("Authorization: " + authorization);
  return request;
}

}  // namespace fruits::io
