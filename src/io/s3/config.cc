#include "io/s3/config.h"

#include <fmt/core.h>

#include <chrono>
#include <memory>
#include <utility>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "io/s3/connection.h"
#include "io/s3/credential_cache.h"
#include "io/s3/profile.h"
#include "io/s3/request.h"
#include "io/s3/sdk_credentials.h"

namespace fruits::io {
namespace {

constexpr std::chrono::seconds kSdkWait{2};
constexpr std::chrono::seconds kRenewalWait{20};  // nothing works without an answer
constexpr std::chrono::milliseconds kMetadataWait{1'000};

struct Setting {
  std::string value;
  std::string name;  // where it comes from, for messages
};

Setting FirstOf(const Environment& environment, std::initializer_list<const char*> variables,
                const Profile& profile, const char* of_profile) {
  for (const char* variable : variables) {
    if (auto value = environment(variable)) return {std::move(*value), variable};
  }
  return {profile.Get(of_profile), fmt::format("{} of the profile '{}'", of_profile, profile.name)};
}

// Does an instance's metadata server answer? Any answer will do. Without this the SDK would ask a server that
// is not there for many seconds, and the process would wait for it at its end.
bool HasInstanceRole(const Environment& environment) {
  const std::string disabled = environment("AWS_EC2_METADATA_DISABLED").value_or("");
  if (disabled == "true" || disabled == "TRUE" || disabled == "True") return false;
  std::string url = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254");
  while (url.ends_with('/')) url.pop_back();
  ConnectionPool pool({.connect_timeout = kMetadataWait, .stall_timeout = kMetadataWait});
  const HttpAnswer answer = pool.Send({.method = "GET", .url = url + "/latest/meta-data/"}, nullptr, {});
  return answer.fault == HttpFault::kNone;
}

// Is there anything that the SDK could find and the environment's and the profile's keys do not say?
bool MayKnowMore(const Environment& environment, const Profile& profile) {
  for (const char* variable : {"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                               "AWS_CONTAINER_CREDENTIALS_FULL_URI"}) {
    if (environment(variable)) return true;
  }
  for (const auto& [name, value] : profile.settings) {
    for (const std::string_view source :
         {"role_arn", "sso_", "credential_", "web_identity_", "source_profile"}) {
      if (name.starts_with(source)) return true;
    }
  }
  return HasInstanceRole(environment);
}

// `expired`: those that were found before are of no use any more.
Result<S3Credentials> FindCredentials(const Environment& environment, bool expired) {
  const auto access = environment("AWS_ACCESS_KEY_ID");
  const auto secret = environment("AWS_SECRET_ACCESS_KEY");
  if (access.has_value() != secret.has_value()) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{} is set and {} is not; S3 needs both or none",
                            access ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                            access ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"));
  }
  if (access) return S3Credentials{*access, *secret, environment("AWS_SESSION_TOKEN").value_or("")};
  FRUITS_TRY(const Profile profile, LoadProfile(environment));
  const std::string key = profile.Get("aws_access_key_id");
  const std::string its_secret = profile.Get("aws_secret_access_key");
  if (!key.empty() && !its_secret.empty() && profile.Get("role_arn").empty()) {
    return S3Credentials{key, its_secret, profile.Get("aws_session_token")};
  }
  // Where some have expired that came from neither, the SDK knows more.
  if (!expired && !MayKnowMore(environment, profile)) return S3Credentials{};
  return AskSdk(expired ? kRenewalWait : kSdkWait).value_or(S3Credentials{});
}

Result<S3Config> Load(const Environment& environment) {
  FRUITS_TRY(const Profile profile, LoadProfile(environment));
  S3Config config;
  const Setting endpoint =
      FirstOf(environment, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}, profile, "endpoint_url");
  FRUITS_CHECK(ParseEndpoint(endpoint.value, endpoint.name));
  config.endpoint = endpoint.value;
  config.region = FirstOf(environment, {"AWS_REGION", "AWS_DEFAULT_REGION"}, profile, "region").value;
  if (config.region.empty()) config.region = "us-east-1";
  config.ca_bundle = FirstOf(environment, {"AWS_CA_BUNDLE"}, profile, "ca_bundle").value;
  const std::string style = profile.Get("s3.addressing_style");
  config.path_style = style == "path" || (!config.endpoint.empty() && style != "virtual");
  FRUITS_TRY(S3Credentials found, FindCredentials(environment, false));
  const auto cache = std::make_shared<CredentialCache>(
      [environment](bool expired) {
        if (expired) RestartSdkChain();  // else it gives what it found before
        return FindCredentials(environment, expired);
      },
      std::move(found));
  config.credentials = [cache] { return cache->Get(); };
  config.forget_credentials = [cache](const S3Credentials& expired) { cache->Forget(expired); };
  return config;
}

}  // namespace

Result<S3Config> LoadS3Config() { return LoadS3Config(ProcessEnvironment); }

Result<S3Config> LoadS3Config(const Environment& environment) {
  return Guard([&] { return Load(environment); });
}

}  // namespace fruits::io
