// Against a real server: keys, ranges, conditions, uploads, lists.
#include "io/s3/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "io/s3/gateway.h"

namespace fruits::io {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string_view AsText(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(S3Client, WritesReadsAndRemoves) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const auto client = gateway.Client();
  const std::string bucket = gateway.MakeBucket();
  const auto etag = client->Put(bucket, "a/b.jpg", "hello");
  ASSERT_TRUE(etag) << etag.error().message();
  EXPECT_EQ(*etag, "5d41402abc4b2a76b9719d911017c592");
  std::vector<std::byte> body;
  const auto object = client->Get(bucket, "a/b.jpg", {}, body);
  ASSERT_TRUE(object) << object.error().message();
  EXPECT_EQ(AsText(body), "hello");
  EXPECT_EQ(object->size_bytes, 5u);
  EXPECT_EQ(object->etag, *etag);
  EXPECT_GT(object->mtime_ns, 1'600'000'000'000'000'000);
  const auto head = client->Head(bucket, "a/b.jpg");
  ASSERT_TRUE(head) << head.error().message();
  EXPECT_EQ(head->size_bytes, 5u);
  EXPECT_EQ(head->etag, *etag);
  EXPECT_EQ(head->mtime_ns, object->mtime_ns);
  const auto page = client->List(bucket, {});
  ASSERT_TRUE(page) << page.error().message();
  ASSERT_EQ(page->entries.size(), 1u);
  EXPECT_EQ(page->entries[0].object.mtime_ns, object->mtime_ns);
  EXPECT_TRUE(client->Delete(bucket, "a/b.jpg"));
  EXPECT_TRUE(client->Delete(bucket, "a/b.jpg"));  // gone already
  EXPECT_EQ(client->Head(bucket, "a/b.jpg").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(client->Get(bucket, "a/b.jpg", {}, body).error().code(), ErrorCode::kNotFound);
  EXPECT_LE(std::abs(client->ClockOffset().count()), 2);
}

TEST(S3Client, OddKeysSurvive) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const auto client = gateway.Client();
  const std::string bucket = gateway.MakeBucket();
  // Four segments of 224 bytes: a file system behind the server allows 255 each.
  std::string deep;
  for (int i = 0; i < 4; ++i) deep += std::string(224, static_cast<char>('a' + i)) + "/";
  deep += "x";
  std::vector<std::string> keys{"a b",        "a%20b",    "100%",     "a+b",       "Äpfel/Ü€\U0001F34E.jpg",
                                "q?x=1&y=2",  "h#1",      "quote\"'", "<&>",       "semi;colon,comma",
                                "tilde~*!()", "back\\sl", "a=b@c:d$", "dots..jpg", deep};
  for (const std::string& key : keys) {
    const auto etag = client->Put(bucket, key, "body of " + key);
    ASSERT_TRUE(etag) << key << ": " << etag.error().message();
    std::vector<std::byte> body;
    const auto object = client->Get(bucket, key, {}, body);
    ASSERT_TRUE(object) << key << ": " << object.error().message();
    EXPECT_EQ(AsText(body), "body of " + key);
  }
  const auto page = client->List(bucket, {});
  ASSERT_TRUE(page) << page.error().message();
  std::vector<std::string> listed;
  for (const S3Entry& entry : page->entries) listed.push_back(entry.key);
  std::ranges::sort(keys);
  EXPECT_EQ(listed, keys);
}

TEST(S3Client, KeysThatAFileSystemCannotHold) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const auto client = gateway.Client();
  const std::string bucket = gateway.MakeBucket();
  // The server behind may refuse these, map them or take them; it must be asked for them as they are, and
  // what it takes must be found under its name. (Its folders are objects whose keys end in '/'.)
  ASSERT_TRUE(client->Put(bucket, "folder/", ""));
  std::vector<std::byte> body;
  EXPECT_TRUE(client->Head(bucket, "folder/"));
  const auto page = client->List(bucket, {.prefix = "folder/"});
  ASSERT_TRUE(page) << page.error().message();
  ASSERT_EQ(page->entries.size(), 1u);
  EXPECT_EQ(page->entries[0].key, "folder/");
  const std::string too_long(1025, 'k');
  EXPECT_FALSE(client->Put(bucket, too_long, "x"));
  EXPECT_FALSE(client->Get(bucket, "nothing/../../../etc/passwd", {}, body));
}

TEST(S3Client, Ranges) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const auto client = gateway.Client();
  const std::string bucket = gateway.MakeBucket();
  const std::string text = "0123456789";
  ASSERT_TRUE(client->Put(bucket, "k", text));
  std::vector<std::byte> body;
  for (std::uint64_t offset = 0; offset < 10; offset += 3) {
    for (std::uint64_t length = 1; offset + length <= 10; ++length) {
      const auto object = client->Get(bucket, "k", {.offset = offset, .length = length}, body);
      ASSERT_TRUE(object) << object.error().message();
      EXPECT_EQ(AsText(body), text.substr(offset, length));
      EXPECT_EQ(object->size_bytes, 10u);
    }
  }
  const auto beyond = client->Get(bucket, "k", {.offset = 10, .length = 1}, body);
  EXPECT_EQ(beyond.error().code(), ErrorCode::kInvalidArgument) << beyond.error().message();
  const auto across = client->Get(bucket, "k", {.offset = 8, .length = 5}, body);
  EXPECT_EQ(across.error().code(), ErrorCode::kInvalidArgument) << across.error().message();
  EXPECT_EQ(client->Get(bucket, "k", {.max_bytes = 9}, body).error().code(), ErrorCode::kInvalidArgument);
}

TEST(S3Client, Conditions) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const auto client = gateway.Client();
  const std::string bucket = gateway.MakeBucket();
  bool failed = false;
  const auto first = client->Put(bucket, "k", "1", {.if_absent = true, .failed = &failed});
  ASSERT_TRUE(first) << first.error().message();
  const auto second = client->Put(bucket, "k", "2", {.if_absent = true, .failed = &failed});
  EXPECT_EQ(second.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(failed);
  failed = false;
  const auto newer = client->Put(bucket, "k", "3", {.if_match = *first, .failed = &failed});
  ASSERT_TRUE(newer) << newer.error().message();
  EXPECT_FALSE(client->Put(bucket, "k", "4", {.if_match = *first, .failed = &failed}));
  EXPECT_TRUE(failed);
  std::vector<std::byte> body;
  bool changed = false;
  EXPECT_TRUE(client->Get(bucket, "k", {.if_match = *newer, .changed = &changed}, body));
  EXPECT_EQ(AsText(body), "3");
  EXPECT_FALSE(changed);
  EXPECT_EQ(client->Get(bucket, "k", {.if_match = *first, .changed = &changed}, body).error().code(),
            ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(changed);
}

TEST(S3Client, Uploads) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const auto client = gateway.Client();
  const std::string bucket = gateway.MakeBucket();
  const auto upload = client->BeginUpload(bucket, "a b/big");
  ASSERT_TRUE(upload) << upload.error().message();
  const std::string large(5 << 20, 'l');
  std::vector<std::string> etags;
  for (const std::string& part : {large, std::string("end")}) {
    const auto etag =
        client->UploadPart(bucket, "a b/big", *upload, static_cast<int>(etags.size()) + 1, part);
    ASSERT_TRUE(etag) << etag.error().message();
    etags.push_back(*etag);
  }
  EXPECT_EQ(client->Head(bucket, "a b/big").error().code(), ErrorCode::kNotFound);
  const auto done = client->CompleteUpload(bucket, "a b/big", *upload, etags);
  ASSERT_TRUE(done) << done.error().message();
  std::vector<std::byte> body;
  const auto object = client->Get(bucket, "a b/big", {}, body);
  ASSERT_TRUE(object) << object.error().message();
  EXPECT_TRUE(AsText(body) == large + "end");
  EXPECT_TRUE(object->etag.ends_with("-2")) << object->etag;

  const auto dropped = client->BeginUpload(bucket, "dropped");
  ASSERT_TRUE(dropped);
  const auto open = client->ListUploads(bucket, "drop");
  ASSERT_TRUE(open) << open.error().message();
  ASSERT_EQ(open->size(), 1U);
  EXPECT_EQ(open->front().key, "dropped");
  EXPECT_EQ(open->front().upload, *dropped);
  EXPECT_TRUE(client->ListUploads(bucket, "a")->empty());
  EXPECT_TRUE(client->UploadPart(bucket, "dropped", *dropped, 1, "x"));
  EXPECT_TRUE(client->AbortUpload(bucket, "dropped", *dropped));
  EXPECT_TRUE(client->AbortUpload(bucket, "dropped", *dropped));
  EXPECT_EQ(client->Head(bucket, "dropped").error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(client->ListUploads(bucket, "")->empty());
}

TEST(S3Client, ListsPageByPage) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const auto client = gateway.Client();
  const std::string bucket = gateway.MakeBucket();
  std::vector<std::string> keys;
  for (int i = 0; i < 2500; ++i) {
    std::string key = std::to_string(10'000 + i) + ".jpg";
    key.insert(0, i % 2 ? "odd/" : "even+/");
    keys.push_back(std::move(key));
  }
  std::vector<std::jthread> writers;
  for (std::size_t first = 0; first < 4; ++first) {
    writers.emplace_back([&, first] {
      for (std::size_t i = first; i < keys.size(); i += 4) ASSERT_TRUE(client->Put(bucket, keys[i], "x"));
    });
  }
  writers.clear();
  std::ranges::sort(keys);
  std::vector<std::string> listed;
  S3ListRequest request;
  int pages = 0;
  do {
    const auto page = client->List(bucket, request);
    ASSERT_TRUE(page) << page.error().message();
    EXPECT_LE(page->entries.size(), 1000u);
    for (const S3Entry& entry : page->entries) listed.push_back(entry.key);
    request.token = page->next_token;
    ++pages;
  } while (!request.token.empty());
  EXPECT_GE(pages, 3);
  EXPECT_EQ(listed, keys);
  const auto folders = client->List(bucket, {.delimiter = "/"});
  ASSERT_TRUE(folders) << folders.error().message();
  EXPECT_TRUE(folders->entries.empty());
  EXPECT_EQ(folders->prefixes, (std::vector<std::string>{"even+/", "odd/"}));
  const auto few = client->List(bucket, {.prefix = "odd/1000", .max_keys = 2});
  ASSERT_TRUE(few);
  EXPECT_EQ(few->entries.size(), 2u);
  EXPECT_NE(few->next_token, "");
  const auto nothing = client->List(bucket, {.prefix = "none"});
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->entries.empty());
}

TEST(S3Client, SaysWhatIsWrong) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const std::string bucket = gateway.MakeBucket();
  const auto client = gateway.Client();
  ASSERT_TRUE(client->Put(bucket, "k", "x"));
  const auto message_with = [&](const S3Credentials& credentials) -> std::string {
    S3Config config = gateway.Config();
    config.credentials = [credentials] { return credentials; };
    const auto other = S3Client::Create(config, {}).value();
    std::vector<std::byte> body;
    const auto object = other->Get(bucket, "k", {}, body);
    if (object) return "";
    EXPECT_EQ(object.error().code(), ErrorCode::kFailedPrecondition) << object.error().message();
    return object.error().message();
  };
  EXPECT_THAT(message_with({}), HasSubstr("set AWS_ACCESS_KEY_ID"));
  EXPECT_THAT(message_with({"nobody", "test-secret", ""}), HasSubstr("check AWS_ACCESS_KEY_ID"));
  const std::string wrong_secret = message_with({"test-access", "wrong-secret", ""});
  EXPECT_THAT(wrong_secret, HasSubstr("check AWS_SECRET_ACCESS_KEY"));
  EXPECT_THAT(wrong_secret, Not(HasSubstr("test-access")));
  const auto head = client->Head("no-such-bucket", "k");
  EXPECT_EQ(head.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(head.error().message(), HasSubstr("no such bucket"));
  const auto put = client->Put("no-such-bucket", "k", "x");
  EXPECT_EQ(put.error().code(), ErrorCode::kFailedPrecondition) << put.error().message();
}

}  // namespace
}  // namespace fruits::io
