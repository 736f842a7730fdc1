// Where S3 is and who asks: the AWS chain that every AWS tool follows, loaded from the environment and
// ~/.aws.
//
//   S3Config config = LoadS3Config();
//
// Threads: LoadS3Config() any; a config is a value. Memory: small.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "fruits/core/error.h"
#include "io/environment.h"
#include "io/s3/outage.h"

namespace fruits::io {

struct S3Credentials {
  std::string access_key{};  // empty: anonymous, requests are not signed
  std::string secret_key{};
  std::string session_token{};
};

struct S3RetryPolicy {
  std::chrono::milliseconds first_pause{
      50};  // doubled at each try, at most last_pause; the pause is random below it
  std::chrono::milliseconds last_pause{5'000};
  std::chrono::seconds give_up_after{120};  // since the first try, or since nobody has had an answer
};

struct S3Config {
  std::string endpoint{};  // "http://127.0.0.1:7070"; empty: AWS's for the region
  std::string region{};
  bool path_style = false;  // always with a custom endpoint unless told otherwise
  std::string ca_bundle{};  // AWS_CA_BUNDLE; empty: the system's
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds stall_timeout{15'000};  // no byte for so long: a fault
  S3RetryPolicy retry{};
  std::shared_ptr<Outage> outage = std::make_shared<Outage>();  // one for all clients of the server
  // Asked before each request; renews what expires (temporary credentials of roles).
  // Empty: anonymous.
  std::function<Result<S3Credentials>()> credentials{};
  // Called when the server says that these have expired, before they are asked for once more.
  std::function<void(const S3Credentials& expired)> forget_credentials{};
};

// AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION, AWS_CA_BUNDLE, and where they are
// not set endpoint_url, region, ca_bundle and s3.addressing_style of the profile (AWS_PROFILE, else
// "default"); region us-east-1 where none is named. Credentials: AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY
// and AWS_SESSION_TOKEN, else the profile's keys, else the AWS SDK's default chain by Arrow, else anonymous.
// They are looked up at once, and again each minute; an instance role's server is waited for at most 2 s (20
// s where the last ones have expired), and not at all with AWS_EC2_METADATA_DISABLED=true.
// kFailedPrecondition: a named profile does not exist, a setting is no URL, one key without the other.
Result<S3Config> LoadS3Config();
// The same with another environment. The SDK still reads the process's.
Result<S3Config> LoadS3Config(const Environment& environment);

}  // namespace fruits::io
