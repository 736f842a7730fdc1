// What an answer that is no success means: an error in words, and whether another try may help.
//
//   Verdict verdict = Judge(answer, {.address = "s3://b/k", ...});
//
// Threads: any. Memory: small.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "io/s3/config.h"
#include "io/s3/connection.h"

namespace fruits::io {

struct Question {
  std::string address{};  // of the object, for the message
  std::string method{};
  std::string region{};
  bool is_aws = false;          // no endpoint of its own
  bool is_conditional = false;  // if-match or if-none-match
  S3Credentials credentials{};  // that none of them is repeated
  std::chrono::seconds clock_offset{};
};

struct Verdict {
  enum class Kind {
    kFinal,
    kRetry,
    kConditionFailed,
    kSkewed,   // our clock is wrong
    kExpired,  // temporary credentials
    kRegion,   // `region` is the right one
  };
  Kind kind = Kind::kFinal;
  Error error{ErrorCode::kInternal, ""};
  std::string code{};  // the server's: "NoSuchKey"
  std::string region{};
  std::optional<std::chrono::milliseconds> retry_after{};
};

Verdict Judge(const HttpAnswer& answer, const Question& question);

// A server's words on one line, at most 300 bytes, valid UTF-8, and without the credentials.
std::string WithoutSecrets(std::string_view text, const S3Credentials& credentials);

}  // namespace fruits::io
