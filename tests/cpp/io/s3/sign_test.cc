// The examples of "Signature Calculations for the Authorization Header" in the S3 API reference
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
#include "io/s3/sign.h"

#include <gtest/gtest.h>

#include "fruits/core/sha256.h"
#include "io/s3/request.h"

namespace fruits::io {
namespace {

const S3Credentials kCredentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
constexpr char kTime[] = "20130524T000000Z";
constexpr char kHost[] = "examplebucket.s3.amazonaws.com";
const std::string kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string SignatureOf(const SignInput& input) {
  const std::string text = Authorization(input, kCredentials);
  return text.substr(text.find("Signature=") + 10);
}

TEST(Sign, GetObjectWithRange) {
  const SignInput input{
      "GET",
      "/test.txt",
      "",
      {{"host", kHost}, {"range", "bytes=0-9"}, {"x-amz-content-sha256", kEmptyHash}, {"x-amz-date", kTime}},
      kEmptyHash,
      kTime,
      "us-east-1"};
  EXPECT_EQ(CanonicalRequest(input),
            "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
            "x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
            "x-amz-date:20130524T000000Z\n\nhost;range;x-amz-content-sha256;x-amz-date\n"
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(StringToSign(input),
            "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"
            "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
  EXPECT_EQ(Authorization(input, kCredentials),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Sign, PutObject) {
  const std::string hash = ToHex(Sha256Of("Welcome to Amazon S3."));
  EXPECT_EQ(hash, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  EXPECT_EQ(SignatureOf({"PUT",
                         EncodeKey("/test$file.text"),
                         "",
                         {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                          {"host", kHost},
                          {"x-amz-content-sha256", hash},
                          {"x-amz-date", kTime},
                          {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                         hash,
                         kTime,
                         "us-east-1"}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(Sign, GetBucketLifecycle) {
  EXPECT_EQ(SignatureOf({"GET",
                         "/",
                         CanonicalQuery({{"lifecycle", ""}}),
                         {{"host", kHost}, {"x-amz-content-sha256", kEmptyHash}, {"x-amz-date", kTime}},
                         kEmptyHash,
                         kTime,
                         "us-east-1"}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(Sign, ListObjects) {
  EXPECT_EQ(SignatureOf({"GET",
                         "/",
                         CanonicalQuery({{"prefix", "J"}, {"max-keys", "2"}}),
                         {{"host", kHost}, {"x-amz-content-sha256", kEmptyHash}, {"x-amz-date", kTime}},
                         kEmptyHash,
                         kTime,
                         "us-east-1"}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Sign, EncodesAsS3Does) {
  EXPECT_EQ(EncodeKey("a b/%/+/\xC3\x84/.././/~-_x*(&"), "a%20b/%25/%2B/%C3%84/.././/~-_x%2A%28%26");
  EXPECT_EQ(EncodeStrictly("a/b"), "a%2Fb");
  EXPECT_EQ(CanonicalQuery({{"b", "1 2"}, {"a", "/"}, {"a-", "x"}}), "a=%2F&a-=x&b=1%202");
}

TEST(Sign, TimeIsUtc) { EXPECT_EQ(AmzTime(std::chrono::system_clock::from_time_t(1'369'353'600)), kTime); }

std::string HeaderOf(const HttpRequest& request, const std::string& name) {
  for (const std::string& line : request.headers) {
    if (line.starts_with(name + ": ")) return line.substr(name.size() + 2);
  }
  return "";
}

TEST(Request, GoesToTheBucketsHostOnAws) {
  const S3Operation operation{.method = "GET", .bucket = "photos", .key = "a//../b c"};
  const auto now = std::chrono::system_clock::from_time_t(1'369'353'600);
  const HttpRequest request = BuildRequest(operation, {{}, "eu-west-1", false}, {"AK", "SK", "TOKEN"}, now);
  EXPECT_EQ(request.url, "https://photos.s3.eu-west-1.amazonaws.com/a//../b%20c");
  EXPECT_EQ(HeaderOf(request, "x-amz-content-sha256"), kUnsignedPayload);
  EXPECT_EQ(HeaderOf(request, "x-amz-security-token"), "TOKEN");
  EXPECT_EQ(HeaderOf(request, "host"), "photos.s3.eu-west-1.amazonaws.com");
  EXPECT_NE(HeaderOf(request, "Authorization")
                .find("SignedHeaders=host;x-amz-content-sha256;x-amz-date;"
                      "x-amz-security-token,"),
            std::string::npos);
  // A dot in the name would break TLS's wildcard.
  const S3Operation dotted{.method = "GET", .bucket = "my.photos", .key = "k"};
  EXPECT_EQ(BuildRequest(dotted, {{}, "cn-north-1", false}, {}, now).url,
            "https://s3.cn-north-1.amazonaws.com.cn/my.photos/k");
}

TEST(Request, SignsTheBodyOverPlainHttpAndNothingForNobody) {
  const Endpoint endpoint = ParseEndpoint("http://127.0.0.1:7070/", "E").value();
  const S3Operation operation{
      .method = "PUT", .bucket = "photos", .key = "k", .body = "Welcome to Amazon S3."};
  const HttpRequest request = BuildRequest(operation, {endpoint, "r", true}, {"AK", "SK", ""}, {});
  EXPECT_EQ(request.url, "http://127.0.0.1:7070/photos/k");
  EXPECT_EQ(HeaderOf(request, "x-amz-content-sha256"), ToHex(Sha256Of("Welcome to Amazon S3.")));
  const HttpRequest anonymous = BuildRequest(operation, {endpoint, "r", true}, {}, {});
  EXPECT_EQ(anonymous.headers,
            (std::vector<std::string>{"host: 127.0.0.1:7070", "content-type: application/octet-stream"}));
}

TEST(Request, SaysWhatItSendsSoThatABrowserShowsIt) {
  const S3Target target{ParseEndpoint("http://127.0.0.1:7070/", "E").value(), "r", true};
  const auto type = [&](std::string method, std::string key) {
    return HeaderOf(
        BuildRequest({.method = std::move(method), .bucket = "b", .key = std::move(key)}, target, {}, {}),
        "content-type");
  };
  EXPECT_EQ(type("PUT", "out/report.html"), "text/html; charset=utf-8");
  EXPECT_EQ(type("POST", "out/pca_result.csv"), "text/csv; charset=utf-8") << "an upload in parts";
  EXPECT_EQ(type("PUT", "out/part.parquet"), "application/octet-stream");
  EXPECT_EQ(type("GET", "out/report.html"), "");
}

TEST(Request, RefusesWhatIsNoEndpoint) {
  EXPECT_EQ(ParseEndpoint("https://h:443/x/", "E")->host, "h");
  EXPECT_EQ(ParseEndpoint("https://h:443/x/", "E")->path, "/x");
  EXPECT_EQ(ParseEndpoint("http://h:443", "E")->host, "h:443");
  for (const char* text :
       {"h:1", "ftp://h", "http://", "http://h/?x=1", "http://h:port", "http://me:secret@h"}) {
    const auto endpoint = ParseEndpoint(text, "AWS_ENDPOINT_URL");
    ASSERT_FALSE(endpoint) << text;
    EXPECT_EQ(endpoint.error().code(), ErrorCode::kFailedPrecondition);
    EXPECT_NE(endpoint.error().message().find("AWS_ENDPOINT_URL"), std::string::npos);
    EXPECT_EQ(endpoint.error().message().find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace fruits::io
