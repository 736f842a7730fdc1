// What a server does wrong, and what the client makes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "io/s3/answer.h"
#include "io/s3/client.h"
#include "io/s3/fault_server.h"

namespace fruits::io {
namespace {

using std::chrono::milliseconds;
using test::Answer;
using test::FaultServer;
using ::testing::HasSubstr;
using ::testing::Not;

struct Got {
  Result<S3Object> object;
  std::string body;
};

Got Get(S3Client& client, const S3GetOptions& options = {}) {
  std::vector<std::byte> body;
  auto object = client.Get("b", "a/k.jpg", options, body);
  return {std::move(object), std::string(reinterpret_cast<const char*>(body.data()), body.size())};
}

constexpr char kEmptyList[] = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

TEST(S3Faults, WhatMayWorkLaterIsTriedAgain) {
  const std::vector<std::pair<std::string, Answer>> faults{
      {"500", Answer::Xml(500, "InternalError")},
      {"502 of a proxy", Answer::Make(502, "", "<html>Bad gateway</html>")},
      {"503", Answer::Xml(503, "SlowDown")},
      {"504", Answer::Make(504, "", "")},
      {"429", Answer::Make(429, "", "")},
      {"RequestTimeout", Answer::Xml(400, "RequestTimeout")},
      {"conflict", Answer::Xml(409, "ConditionalRequestConflict")},
      {"a cut body", Answer::Cut("hel")},
      {"no length", {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhel", Answer::After::kClose}},
      {"cut chunks",
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Answer::After::kClose}},
      {"reset", Answer::Reset()},
      {"closed", {"", Answer::After::kClose}},
      {"no HTTP", {"hello\r\n\r\n", Answer::After::kClose}},
      {"stalls before", Answer::Stall()},
      {"stalls within", Answer::Stall("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")},
  };
  for (const auto& [name, fault] : faults) {
    FaultServer server({fault, fault, Answer::Body("hello")});
    const auto client = server.Client();
    const Got got = Get(*client);
    ASSERT_TRUE(got.object) << name << ": " << got.object.error().message();
    EXPECT_EQ(got.body, "hello") << name;
    EXPECT_GE(server.Requests().size(), 3u) << name;
  }
}

TEST(S3Faults, GivesUpAsUnavailable) {
  FaultServer server({Answer::Xml(503, "SlowDown", "Please reduce your request rate.")});
  S3Config config = server.Config();
  config.retry.give_up_after = std::chrono::seconds(0);
  const auto client = S3Client::Create(config, {}).value();
  const Got got = Get(*client);
  ASSERT_FALSE(got.object);
  EXPECT_EQ(got.object.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(got.object.error().message(),
              HasSubstr("s3://b/a/k.jpg: the server could not answer (SlowDown: Please "
                        "reduce your request rate.); tried 1 times"));
}

TEST(S3Faults, NobodyListensIsTriedAgainUntilTheServerIsThere) {
  std::string endpoint;
  {
    endpoint = FaultServer({Answer::Body("")}).endpoint();
  }
  S3Config config{.endpoint = endpoint, .path_style = true};
  config.retry = {milliseconds(1), milliseconds(5), std::chrono::seconds(0)};
  const auto client = S3Client::Create(config, {}).value();
  const Got got = Get(*client);
  EXPECT_EQ(got.object.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(got.object.error().message(), HasSubstr("connect"));
}

TEST(S3Faults, WhatNoTryHelpsEndsAtOnce) {
  struct Case {
    Answer answer;
    ErrorCode code;
    std::string words;
  };
  const std::vector<Case> cases{
      {Answer::Xml(404, "NoSuchKey"), ErrorCode::kNotFound, "s3://b/a/k.jpg: no such key (NoSuchKey: words"},
      {Answer::Xml(404, "NoSuchBucket"), ErrorCode::kFailedPrecondition, "no such bucket; check its name"},
      {Answer::Xml(403, "AccessDenied"), ErrorCode::kFailedPrecondition, "lack the permission"},
      {Answer::Xml(401, "Unauthorized"), ErrorCode::kFailedPrecondition, "no access"},
      {Answer::Xml(403, "InvalidAccessKeyId"), ErrorCode::kFailedPrecondition, "check AWS_ACCESS_KEY_ID"},
      {Answer::Xml(404, "XAdminUserNotFound"), ErrorCode::kFailedPrecondition, "check AWS_ACCESS_KEY_ID"},
      {Answer::Xml(403, "SignatureDoesNotMatch"), ErrorCode::kFailedPrecondition,
       "check AWS_SECRET_ACCESS_KEY"},
      {Answer::Xml(400, "AuthorizationHeaderMalformed"), ErrorCode::kFailedPrecondition, "check AWS_REGION"},
      {Answer::Make(301, "Location: http://127.0.0.1:1/\r\n", ""), ErrorCode::kFailedPrecondition,
       "AWS_REGION"},
      {Answer::Xml(416, "InvalidRange"), ErrorCode::kInvalidArgument, "range"},
      {Answer::Xml(400, "KeyTooLongError"), ErrorCode::kInvalidArgument, "KeyTooLongError"},
      {Answer::Xml(501, "NotImplemented"), ErrorCode::kFailedPrecondition, "cannot do this"},
      {Answer::Xml(507, "XMinioStorageFull"), ErrorCode::kResourceExhausted, "no room"},
      {Answer::Make(400, "", "garbage"), ErrorCode::kFailedPrecondition, "HTTP 400"},
  };
  for (const Case& each : cases) {
    FaultServer server({each.answer});
    const auto client = server.Client();
    const Got got = Get(*client);
    ASSERT_FALSE(got.object) << each.words;
    EXPECT_EQ(got.object.error().code(), each.code) << each.words;
    EXPECT_THAT(got.object.error().message(), HasSubstr(each.words));
    EXPECT_EQ(server.Requests().size(), 1u) << each.words;
  }
}

TEST(S3Faults, AnonymousIsToldToBringKeys) {
  FaultServer server({Answer::Xml(403, "AccessDenied")});
  S3Config config = server.Config();
  config.credentials = nullptr;
  const auto client = S3Client::Create(config, {}).value();
  EXPECT_THAT(Get(*client).object.error().message(), HasSubstr("set AWS_ACCESS_KEY_ID"));
  EXPECT_FALSE(server.Requests()[0].headers.contains("authorization"));
}

TEST(S3Faults, SecretsThatAServerEchoesAreNotRepeated) {
  FaultServer server(
      {Answer::Xml(403, "AccessDenied", "AKIASECRETID with very-secret-key and session-token\n\x07no")});
  const auto client = server.Client();
  const std::string words = Get(*client).object.error().message();
  EXPECT_THAT(words, HasSubstr("*** with *** and ***  no"));
  EXPECT_THAT(words, Not(HasSubstr("SECRET")));
  const std::string mixed = WithoutSecrets(std::string(299, 'x') + "\xC3\x84", {});
  EXPECT_EQ(mixed, std::string(299, 'x'));
}

TEST(S3Faults, TooLargeIsRefusedBeforeItIsRead) {
  FaultServer server({Answer::Make(200, "ETag: \"e\"\r\n", std::string(1000, 'x'))});
  const auto client = server.Client();
  const Got got = Get(*client, {.max_bytes = 999});
  EXPECT_EQ(got.object.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(got.object.error().message(), HasSubstr("has 1000 bytes, more than 999"));
  EXPECT_TRUE(Get(*client, {.max_bytes = 1000}).object);
}

TEST(S3Faults, ChunkedBodiesAreBoundedToo) {
  FaultServer server(
      {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n"}});
  const auto client = server.Client();
  EXPECT_EQ(Get(*client).body, "helloworld");
  EXPECT_EQ(Get(*client, {.max_bytes = 9}).object.error().code(), ErrorCode::kInvalidArgument);
}

TEST(S3Faults, GarbageInsteadOfAListIsTriedAgain) {
  FaultServer server(
      {Answer::Body("<html>login</html>"), Answer::Body("<ListBucketResult>"), Answer::Body(kEmptyList)});
  const auto client = server.Client();
  const auto page = client->List("b", {});
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(server.Requests().size(), 3u);
}

TEST(S3Faults, ARangeIsTheOneAskedFor) {
  const auto part = [](const std::string& range, const std::string& body) {
    return Answer::Make(206, "Content-Range: " + range + "\r\n", body);
  };
  FaultServer server(
      {part("bytes 0-4/10", "hello"), part("bytes 2-4/10", "llo"), part("bytes 2-6/10", "llowo")});
  const auto client = server.Client();
  const Got got = Get(*client, {.offset = 2, .length = 5});
  ASSERT_TRUE(got.object) << got.object.error().message();
  EXPECT_EQ(got.body, "llowo");
  EXPECT_EQ(got.object->size_bytes, 10u);
  EXPECT_EQ(server.Requests().size(), 3u);
  EXPECT_EQ(server.Requests()[0].headers.at("range"), "bytes=2-6");
  FaultServer at_end({part("bytes 8-9/10", "ld")});
  EXPECT_EQ(Get(*at_end.Client(), {.offset = 8, .length = 5}).object.error().code(),
            ErrorCode::kInvalidArgument);
}

TEST(S3Faults, AWrongClockIsMendedOnce) {
  const Answer skewed =
      Answer::Xml(403, "RequestTimeTooSkewed", "w", "Date: Wed, 21 Oct 2065 07:28:00 GMT\r\n");
  FaultServer server({skewed, Answer::Body("hello")});
  const auto client = server.Client();
  const Got got = Get(*client);
  ASSERT_TRUE(got.object) << got.object.error().message();
  EXPECT_TRUE(server.Requests()[1].headers.at("x-amz-date").starts_with("20651021T0728"));
  EXPECT_GT(client->ClockOffset(), std::chrono::hours(24 * 365));
  FaultServer stubborn({skewed});
  EXPECT_THAT(Get(*stubborn.Client()).object.error().message(), HasSubstr("clock"));
  EXPECT_EQ(stubborn.Requests().size(), 2u);
}

TEST(S3Faults, ExpiredCredentialsAreAskedForOnce) {
  FaultServer server({Answer::Xml(400, "ExpiredToken"), Answer::Body("hello")});
  S3Config config = server.Config();
  int generation = 1;
  config.credentials = [&] { return S3Credentials{"AK" + std::to_string(generation), "S", "T"}; };
  config.forget_credentials = [&](const S3Credentials& expired) {
    EXPECT_EQ(expired.access_key, "AK1");
    ++generation;
  };
  const auto client = S3Client::Create(config, {}).value();
  ASSERT_TRUE(Get(*client).object);
  EXPECT_THAT(server.Requests()[1].headers.at("authorization"), HasSubstr("Credential=AK2/"));
  FaultServer stubborn({Answer::Xml(400, "ExpiredToken")});
  EXPECT_THAT(Get(*stubborn.Client()).object.error().message(), HasSubstr("expired"));
  EXPECT_EQ(stubborn.Requests().size(), 2u);
}

TEST(S3Faults, AHeadTellsAMissingBucketFromAMissingKey) {
  FaultServer server({Answer::Make(404, "", ""), Answer::Xml(404, "NoSuchBucket")});
  const auto missing_bucket = server.Client()->Head("b", "k");
  EXPECT_EQ(missing_bucket.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(missing_bucket.error().message(), HasSubstr("no such bucket"));
  FaultServer other({Answer::Make(404, "", ""), Answer::Body(kEmptyList), Answer::Make(404, "", "")});
  const auto client = other.Client();
  EXPECT_EQ(client->Head("b", "k").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(client->Head("b", "k").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(other.Requests().size(), 3u);  // the bucket is known by then
}

TEST(S3Faults, ConditionsThatDoNotHold) {
  FaultServer server(
      {Answer::Xml(412, "PreconditionFailed"), Answer::Xml(404, "NoSuchKey"), Answer::Xml(403, "X")});
  const auto client = server.Client();
  for (int i = 0; i < 3; ++i) {
    bool failed = false;
    const auto etag = client->Put("b", "k", "x", {.if_match = "old", .failed = &failed});
    EXPECT_EQ(etag.error().code(), ErrorCode::kFailedPrecondition);
    EXPECT_EQ(failed, i < 2);
  }
  EXPECT_EQ(server.Requests()[0].headers.at("if-match"), "\"old\"");
  bool changed = false;
  FaultServer newer({Answer::Xml(412, "PreconditionFailed")});
  EXPECT_FALSE(Get(*newer.Client(), {.if_match = "old", .changed = &changed}).object);
  EXPECT_TRUE(changed);
}

TEST(S3Faults, ACompletionWhoseAnswerWasLostIsRecognised) {
  // Of parts with the md5 of "" and of "hello".
  const std::vector<std::string> parts{"d41d8cd98f00b204e9800998ecf8427e",
                                       "5d41402abc4b2a76b9719d911017c592"};
  const auto head = [](const std::string& etag) {  // a HEAD's answer has no body
    return Answer{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"" + etag + "\"\r\n\r\n"};
  };
  FaultServer ours(
      {Answer::Reset(), Answer::Xml(404, "NoSuchUpload"), head("5aef4171af045af5f02042484bf38760-2")});
  EXPECT_TRUE(ours.Client()->CompleteUpload("b", "k", "u", parts));
  FaultServer foreign({Answer::Reset(), Answer::Xml(404, "NoSuchUpload"), head("e")});
  EXPECT_EQ(foreign.Client()->CompleteUpload("b", "k", "u", parts).error().code(),
            ErrorCode::kFailedPrecondition);
  FaultServer gone({Answer::Xml(404, "NoSuchUpload")});
  EXPECT_EQ(gone.Client()->CompleteUpload("b", "k", "u", parts).error().code(),
            ErrorCode::kFailedPrecondition);
  EXPECT_EQ(gone.Requests().size(), 1u);
  FaultServer error_in_200(
      {Answer::Body("<Error><Code>InternalError</Code><Message>m</Message></Error>"),
       Answer::Body(
           "<CompleteMultipartUploadResult><ETag>&quot;e-2&quot;</ETag></CompleteMultipartUploadResult>")});
  EXPECT_TRUE(error_in_200.Client()->CompleteUpload("b", "k", "u", parts));
  EXPECT_EQ(error_in_200.Requests().size(), 2u);
}

TEST(S3Faults, StopsInATransferAndInAPause) {
  for (const Answer& answer : {Answer::Stall(), Answer::Xml(503, "SlowDown")}) {
    FaultServer server({answer});
    S3Config config = server.Config();
    config.stall_timeout = std::chrono::hours(1);
    config.retry = {std::chrono::hours(1), std::chrono::hours(1), std::chrono::hours(2)};
    std::stop_source source;
    const auto client = S3Client::Create(config, source.get_token()).value();
    const std::jthread stopper([&] {
      while (server.Requests().empty()) std::this_thread::sleep_for(milliseconds(1));
      std::this_thread::sleep_for(milliseconds(10));
      source.request_stop();
    });
    EXPECT_EQ(Get(*client).object.error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(Get(*client).object.error().code(), ErrorCode::kCancelled);
  }
}

TEST(S3Faults, ConnectionsAreKept) {
  FaultServer server({Answer::Body("hello")});
  const auto client = server.Client();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Get(*client).object);
  EXPECT_EQ(server.connections(), 1);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) EXPECT_EQ(Get(*client).body, "hello");
    });
  }
  threads.clear();
  EXPECT_LE(server.connections(), 9);
}

TEST(S3Faults, KeysAreAskedForAsTheyAre) {
  FaultServer server({Answer::Body("x")});
  const auto client = server.Client();
  const std::vector<std::pair<std::string, std::string>> keys{
      {"a//b", "/b/a//b"},         {"a/", "/b/a/"},       {"/a", "/b//a"},
      {"a/../b", "/b/a/../b"},     {"./a/.", "/b/./a/."}, {"a b+c%", "/b/a%20b%2Bc%25"},
      {"?#&=", "/b/%3F%23%26%3D"}, {"..", "/b/.."}};
  std::vector<std::byte> body;
  for (const auto& [key, target] : keys) {
    ASSERT_TRUE(client->Get("b", key, {}, body)) << key;
    EXPECT_EQ(server.Requests().back().target, target);
  }
}

TEST(S3Faults, AnUnknownHostIsNoFaultOfTheNetwork) {
  S3Config config{.endpoint = "http://no-such-host.invalid:1", .path_style = true};
  config.retry = {milliseconds(1), milliseconds(1), std::chrono::seconds(0)};
  const Got got = Get(*S3Client::Create(config, {}).value());
  ASSERT_FALSE(got.object);
  // A name server that cannot be reached says "try again" instead.
  if (got.object.error().code() == ErrorCode::kUnavailable) GTEST_SKIP() << "no name server to ask";
  EXPECT_EQ(got.object.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(got.object.error().message(), HasSubstr("check AWS_ENDPOINT_URL"));
}

TEST(S3Faults, ABrokenEndpointIsRefused) {
  const auto client = S3Client::Create({.endpoint = "127.0.0.1:7070"}, {});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code(), ErrorCode::kFailedPrecondition);
}

}  // namespace
}  // namespace fruits::io
