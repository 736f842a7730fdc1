// What a call asks of S3, and the signed HTTP request that says it.
//
//   FRUITS_TRY(Endpoint endpoint, ParseEndpoint(config.endpoint, "AWS_ENDPOINT_URL"));
//   HttpRequest request = BuildRequest({.method = "GET", .bucket = "b", .key = "k"}, target, credentials,
//   now);
//
// Threads: any. Memory: small.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "io/s3/connection.h"
#include "io/s3/sign.h"

namespace fruits::io {

struct S3Operation {
  std::string method{};
  std::string bucket{};
  std::string key{};     // empty: the bucket itself
  NameValues query{};    // raw
  NameValues headers{};  // names in lower case
  std::string_view body{};
  std::uint64_t max_bytes = 0;
};

struct Endpoint {
  std::string scheme{};  // "http" or "https"
  std::string host{};    // with the port where it is not the scheme's own; empty: AWS's for the region
  std::string path{};    // "" or "/below"
};

// Where a request goes.
struct S3Target {
  Endpoint endpoint{};
  std::string region{};
  bool path_style = false;
};

// "" is AWS. kFailedPrecondition: no http(s)://host[:port][/path]; `name` is the setting's. The text is not
// repeated where it holds a password.
Result<Endpoint> ParseEndpoint(std::string_view text, std::string_view name);

// Anonymous where credentials.access_key is empty.
HttpRequest BuildRequest(const S3Operation& operation, const S3Target& target,
                         const S3Credentials& credentials, std::chrono::system_clock::time_point now);

}  // namespace fruits::io
