// AWS Signature Version 4 for S3, in the Authorization header
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
//
//   SignInput input{.method = "GET", .path = EncodeKey("/a b.jpg"), .headers = {{"host", host}, ...}, ...};
//   headers.push_back("Authorization: " + Authorization(input, credentials));
//
// S3 differs from the other services: the path is encoded once and not normalised, so "//", "." and ".."
// stay. Threads: any. Memory: small.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/s3/config.h"

namespace fruits::io {

using NameValues = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kUnsignedPayload =
    "UNSIGNED-PAYLOAD";  // over TLS, which guards the body itself

struct SignInput {
  std::string method;
  std::string path;    // encoded, begins with '/'
  std::string query;   // CanonicalQuery()
  NameValues headers;  // all that are signed; names in lower case; with host and x-amz-date, in any order
  std::string payload_hash;
  std::string time;  // "20130524T000000Z", as in x-amz-date
  std::string region;
};

// All but A-Z a-z 0-9 - . _ ~ as %XX; EncodeKey() also leaves '/'.
std::string EncodeStrictly(std::string_view raw);
std::string EncodeKey(std::string_view raw);
// "a=1&b=", names and values encoded and sorted by encoded name.
std::string CanonicalQuery(const NameValues& query);

std::string CanonicalRequest(const SignInput& input);
std::string StringToSign(const SignInput& input);
// "AWS4-HMAC-SHA256 Credential=...,SignedHeaders=...,Signature=...".
std::string Authorization(const SignInput& input, const S3Credentials& credentials);

std::string AmzTime(std::chrono::system_clock::time_point time);  // "20130524T000000Z"

}  // namespace fruits::io
