#include "fruits/io/uri.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace fruits {
namespace {

std::string Parsed(std::string_view text, std::string_view working_directory = "/wd") {
  auto uri = ParseUri(text, working_directory);
  return uri ? uri->ToString() : "error: " + uri.error().message();
}

TEST(Uri, PlainPathsAreRawAndResolvedByText) {
  EXPECT_EQ(Parsed("/a b/1.jpg"), "file:///a b/1.jpg");
  EXPECT_EQ(Parsed("a.jpg"), "file:///wd/a.jpg");
  EXPECT_EQ(Parsed("./a//b/../c/"), "file:///wd/a/c");
  EXPECT_EQ(Parsed("/../.."), "file:///");
  EXPECT_EQ(Parsed("100%.jpg"), "file:///wd/100%25.jpg");
  EXPECT_EQ(Parsed("100%25.jpg"), "file:///wd/100%2525.jpg");
  EXPECT_EQ(Parsed("C:photo.jpg"), "file:///wd/C:photo.jpg");
  EXPECT_EQ(Parsed("a.jpg", ""), "file://" + std::filesystem::current_path().string() + "/a.jpg");
}

TEST(Uri, FileAddressesAreDecodedAndResolved) {
  EXPECT_EQ(ParseUri("file:///a%25b/%FF", "/wd")->raw, "/a%b/\xFF");
  EXPECT_EQ(ParseUri("file:/a/./b//c", "/wd")->raw, "/a/b/c");
  EXPECT_EQ(ParseUri("FILE://localhost/a?b#c", "/wd")->raw, "/a?b#c");
}

TEST(Uri, S3KeysAreLeftAsTheyAre) {
  const auto uri = ParseUri("s3a://fruits/a//b/../c/%25.jpg", "/wd");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->scheme, Scheme::kS3);
  EXPECT_EQ(uri->bucket, "fruits");
  EXPECT_EQ(uri->raw, "a//b/../c/%.jpg");
  EXPECT_EQ(uri->ToString(), "s3://fruits/a//b/../c/%25.jpg");
  EXPECT_EQ(Parsed("s3://fruits"), "s3://fruits/");
}

TEST(Uri, OtherStoresHaveBucketsOrHosts) {
  const auto object = ParseUri("gs://fruits/a//b/%25.jpg", "/wd");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->scheme, Scheme::kGcs);
  EXPECT_EQ(object->RawPath(), "gs://fruits/a//b/%.jpg");
  EXPECT_EQ(object->ToString(), "gs://fruits/a//b/%25.jpg");
  const auto file = ParseUri("hdfs://node:8020/a//b/../%FF.jpg/", "/wd");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->scheme, Scheme::kHdfs);
  EXPECT_EQ(file->bucket, "node:8020");
  EXPECT_EQ(file->raw, "a/\xFF.jpg");
  EXPECT_EQ(file->ToString(), "hdfs://node:8020/a/%FF.jpg");
  EXPECT_EQ(Parsed("hdfs://node"), "hdfs://node/");
  for (const Uri& uri : {*object, *file}) EXPECT_EQ(UriOfRawPath(uri.RawPath()).ToString(), uri.ToString());
}

TEST(Uri, RefusesWhatItCannotName) {
  for (const char* text : {"", "gs:///k", "hdfs:///k", "http://x/y", "file://host/a", "file://", "s3:///k",
                           "file:///a%2", "file:///%zz", "file:///a%00b", "s3://b/100%"}) {
    const auto uri = ParseUri(text, "/wd");
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error().code(), ErrorCode::kInvalidArgument) << text;
    EXPECT_NE(uri.error().message().find("expected"), std::string::npos) << uri.error().message();
  }
  EXPECT_FALSE(ParseUri(std::string_view("a\0b", 3), "/wd"));
}

TEST(Uri, EncodesOnlyWhatIsNotPlainValidText) {
  EXPECT_EQ(EncodePath("a b,\"'é€𝄞"), "a b,\"'é€𝄞");
  EXPECT_EQ(EncodePath("a\nb\x7F%"), "a%0Ab%7F%25");
  EXPECT_EQ(EncodePath("caf\xE9.jpg"), "caf%E9.jpg");
  EXPECT_EQ(EncodePath("\xC3"), "%C3");                       // cut short
  EXPECT_EQ(EncodePath("\xC0\xAF"), "%C0%AF");                // overlong
  EXPECT_EQ(EncodePath("\xED\xA0\x80"), "%ED%A0%80");         // a surrogate
  EXPECT_EQ(EncodePath("\xF4\x90\x80\x80"), "%F4%90%80%80");  // past U+10FFFF
}

TEST(Uri, EncodingIsReversibleAndValidForEveryPairOfBytes) {
  for (int high = 1; high < 256; ++high) {
    for (int low = 1; low < 256; ++low) {
      const std::string raw = {static_cast<char>(high), static_cast<char>(low), 'x'};
      const std::string encoded = EncodePath(raw);
      ASSERT_TRUE(IsValidUtf8(encoded)) << high << " " << low;
      ASSERT_EQ(DecodePath(encoded).value_or("?"), raw) << high << " " << low;
    }
  }
}

}  // namespace
}  // namespace fruits
