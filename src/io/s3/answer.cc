#include "io/s3/answer.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "fruits/io/uri.h"
#include "io/s3/xml.h"

namespace fruits::io {
namespace {

using std::chrono::milliseconds;
using Kind = Verdict::Kind;

constexpr std::size_t kWordsBytes = 300;
constexpr std::chrono::minutes kMostSkew{15};  // S3 refuses requests that are older or younger

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> all) {
  return std::ranges::find(all, text) != all.end();
}

// Codes that come with 4xx and yet may work later; those with 5xx are known by their status.
bool IsTransient(int status, std::string_view code) {
  if (status == 500 || status == 502 || status == 503 || status == 504 || status == 429 || status == 408)
    return true;
  return IsOneOf(code, {"SlowDown", "InternalError", "RequestTimeout", "ServiceUnavailable", "Throttling",
                        "ThrottlingException", "RequestLimitExceeded", "ConditionalRequestConflict",
                        "OperationAborted", "IncompleteBody", "BadDigest"});
}

std::optional<milliseconds> RetryAfter(std::string_view text) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && seconds >= 0) {
    return std::chrono::seconds(std::min(seconds, 86'400));
  }
  const auto date = ParseHttpDate(text);
  if (!date) return std::nullopt;
  const auto wait = std::chrono::duration_cast<milliseconds>(*date - std::chrono::system_clock::now());
  return std::max(wait, milliseconds(0));
}

struct Reading {
  ErrorCode code;
  std::string words;
};

Reading ReadAccess(std::string_view code, const Question& question) {
  if (question.credentials.access_key.empty()) {
    return {ErrorCode::kFailedPrecondition,
            "no access without credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"};
  }
  if (IsOneOf(code, {"InvalidAccessKeyId", "XAdminUserNotFound"})) {
    return {ErrorCode::kFailedPrecondition,
            "the access key is unknown there; check AWS_ACCESS_KEY_ID or the profile"};
  }
  if (code == "SignatureDoesNotMatch") {
    return {ErrorCode::kFailedPrecondition,
            fmt::format("the signature is wrong; check AWS_SECRET_ACCESS_KEY and the region '{}'",
                        question.region)};
  }
  if (IsOneOf(code, {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"})) {
    return {ErrorCode::kFailedPrecondition,
            "the credentials have expired; log in again or set AWS_SESSION_TOKEN anew"};
  }
  if (code == "RequestTimeTooSkewed") {
    return {ErrorCode::kFailedPrecondition,
            fmt::format("this machine's clock is {} s from the server's; set it right",
                        -question.clock_offset.count())};
  }
  return {ErrorCode::kFailedPrecondition, "no access; these credentials lack the permission"};
}

Reading ReadNotFound(std::string_view code, const Question& question) {
  if (code == "NoSuchBucket") {
    return {ErrorCode::kFailedPrecondition,
            "no such bucket; check its name, the region and AWS_ENDPOINT_URL"};
  }
  if (code == "NoSuchUpload") return {ErrorCode::kFailedPrecondition, "the upload was ended by someone else"};
  if (code == "XAdminUserNotFound") return ReadAccess(code, question);
  return {ErrorCode::kNotFound, "no such key"};
}

Reading Read(int status, std::string_view code, const Question& question) {
  if (IsOneOf(code, {"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}) ||
      status == 507) {
    return {ErrorCode::kResourceExhausted, "the server has no room"};
  }
  if (IsOneOf(code, {"AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect"}) ||
      status == 301 || status == 307) {
    return {ErrorCode::kFailedPrecondition,
            fmt::format("not in region '{}'; check AWS_REGION and AWS_ENDPOINT_URL", question.region)};
  }
  if (IsOneOf(code, {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken",
                     "InvalidAccessKeyId", "RequestTimeTooSkewed"})) {
    return ReadAccess(code, question);
  }
  if (IsOneOf(code, {"KeyTooLongError", "EntityTooLarge", "EntityTooSmall", "InvalidPart", "InvalidURI"})) {
    return {ErrorCode::kInvalidArgument, "refused"};
  }
  switch (status) {
    case 401:
    case 403:
      return ReadAccess(code, question);
    case 404:
      return ReadNotFound(code, question);
    case 412:
      return {ErrorCode::kFailedPrecondition, "the object is not as expected"};
    case 416:
      return {ErrorCode::kInvalidArgument, "the range is beyond the object's end"};
    case 501:
      return {ErrorCode::kFailedPrecondition, "the server cannot do this"};
    default:
      return {ErrorCode::kFailedPrecondition, "refused"};
  }
}

Verdict JudgeFault(const HttpAnswer& answer, const Question& question) {
  const auto final = [&](ErrorCode code, std::string_view hint) {
    return Verdict{.kind = Kind::kFinal,
                   .error = Error(code, fmt::format("{}: {}{}", question.address, answer.words, hint))};
  };
  switch (answer.fault) {
    case HttpFault::kUnknownHost:
      return final(ErrorCode::kFailedPrecondition,
                   question.is_aws ? "; check AWS_REGION, the bucket's name and the network"
                                   : "; check AWS_ENDPOINT_URL and the network");
    case HttpFault::kTls:
      return final(ErrorCode::kFailedPrecondition, "; check AWS_ENDPOINT_URL and AWS_CA_BUNDLE");
    case HttpFault::kTooLarge:
      return final(ErrorCode::kInvalidArgument, "");
    case HttpFault::kCancelled:
      return final(ErrorCode::kCancelled, "stopped");
    case HttpFault::kNoMemory:
      return final(ErrorCode::kResourceExhausted, "not enough memory");
    case HttpFault::kTransient: {
      Verdict verdict = final(ErrorCode::kUnavailable, "");
      verdict.kind = Kind::kRetry;
      return verdict;
    }
    default:
      return final(ErrorCode::kFailedPrecondition, "");
  }
}

Kind KindOf(int status, std::string_view code, const Question& question, bool has_region) {
  const bool is_head = question.method == "HEAD";  // its answers have no body to say more
  const bool is_redirect = status == 301 || status == 307 || status == 400;
  if (question.is_aws && has_region && is_redirect) return Kind::kRegion;
  if (code == "RequestTimeTooSkewed" ||
      (is_head && status == 403 && abs(question.clock_offset) >= kMostSkew)) {
    return Kind::kSkewed;
  }
  if (IsOneOf(code, {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}) ||
      (is_head && status == 400 && !question.credentials.session_token.empty())) {
    return Kind::kExpired;
  }
  if (IsTransient(status, code)) return Kind::kRetry;
  // If-Match on an object that is gone is 404.
  if (status == 412 || (status == 404 && question.is_conditional && question.method == "PUT" &&
                        IsOneOf(code, {"", "NoSuchKey"}))) {
    return Kind::kConditionFailed;
  }
  return Kind::kFinal;
}

void ReplaceAll(std::string& text, const std::string& secret) {
  if (secret.empty()) return;
  for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += 3) {
    text.replace(at, secret.size(), "***");
  }
}

}  // namespace

std::string WithoutSecrets(std::string_view text, const S3Credentials& credentials) {
  std::string words(text);
  ReplaceAll(words, credentials.session_token);
  ReplaceAll(words, credentials.secret_key);
  ReplaceAll(words, credentials.access_key);
  if (words.size() > kWordsBytes) {
    std::size_t end = kWordsBytes;
    while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0) == 0x80) --end;
    words.resize(end);
  }
  for (char& c : words) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return IsValidUtf8(words) ? words : EncodePath(words);
}

Verdict Judge(const HttpAnswer& answer, const Question& question) {
  if (answer.fault != HttpFault::kNone) return JudgeFault(answer, question);
  const S3ErrorDocument document = ParseError(answer.error_text).value_or(S3ErrorDocument{});
  Verdict verdict{.code = document.code, .region = std::string(answer.Header("x-amz-bucket-region"))};
  if (verdict.region.empty()) verdict.region = document.region;
  verdict.kind = KindOf(answer.status, document.code, question,
                        !verdict.region.empty() && verdict.region != question.region);
  verdict.retry_after = RetryAfter(answer.Header("retry-after"));
  const std::string said =
      document.code.empty() ? fmt::format("HTTP {}", answer.status)
                            : WithoutSecrets(document.code + ": " + document.message, question.credentials);
  Reading reading = verdict.kind == Kind::kRetry
                        ? Reading{ErrorCode::kUnavailable, "the server could not answer"}
                        : Read(answer.status, document.code, question);
  if (verdict.kind == Kind::kConditionFailed) {
    reading = {ErrorCode::kFailedPrecondition, "the object is not as expected"};
  }
  verdict.error = Error(reading.code, fmt::format("{}: {} ({})", question.address, reading.words, said));
  return verdict;
}

}  // namespace fruits::io
