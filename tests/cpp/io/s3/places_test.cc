// Folder, lease and listing on a real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "io/s3/folder.h"
#include "io/s3/gateway.h"
#include "io/s3/listing.h"
#include "io/s3/noise.h"
#include "io/s3/reader.h"
#include "io/s3/writer.h"

namespace fruits::io {
namespace {

using fruits::test::Noise;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kPhotoGlobs = {"*.jpg"};

TEST(S3Places, AFolderOnARealServer) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const std::string bucket = gateway.MakeBucket();
  const auto folder = *OpenS3Folder(gateway.Client(), {Scheme::kS3, bucket, "out/"});
  EXPECT_THAT(*folder->List(""), IsEmpty());
  EXPECT_FALSE(folder->Facts("none")->has_value());
  EXPECT_EQ(folder->Read("none").error().code(), ErrorCode::kNotFound);
  const std::string bytes = Noise(kS3FirstPartBytes * 2 + 12'345);
  const std::vector<std::pair<std::string, std::string>> files = {
      {"a b+%\xC3\xA9.txt", "hello"}, {"features/big", bytes}, {"empty", ""}};
  for (const auto& [name, content] : files) {
    auto file = folder->Create(name);
    ASSERT_TRUE(file);
    for (std::size_t at = 0; at < content.size(); at += 1'000'000) {
      ASSERT_TRUE((*file)->Append(std::string_view(content).substr(at, 1'000'000)));
    }
    const auto written = (*file)->Commit();
    ASSERT_TRUE(written) << written.error().message();
    EXPECT_EQ(written->sha256, ToHex(Sha256Of(content)));
    EXPECT_TRUE(folder->Read(name).value_or("?") == content);
    EXPECT_EQ((*folder->Facts(name))->size_bytes, content.size());
  }
  EXPECT_THAT(*folder->List(""), ElementsAre("a b+%\xC3\xA9.txt", "empty", "features/big"));
  EXPECT_THAT(*folder->ListFolders(), ElementsAre("features"));
  const auto reader = OpenS3Object(gateway.Client(), bucket, "out/features/big", 1'000'000);
  ASSERT_TRUE(reader) << reader.error().message();
  std::vector<std::byte> out(100);
  ASSERT_TRUE((*reader)->ReadAt(bytes.size() - 100, out));
  EXPECT_EQ(bytes.compare(bytes.size() - 100, 100, reinterpret_cast<const char*>(out.data()), 100), 0);
  ASSERT_TRUE(folder->Create("features/big").value()->Commit());
  EXPECT_EQ((*reader)->ReadAt(0, out).error().code(), ErrorCode::kCorrupt);
  for (const auto& [name, content] : files) EXPECT_TRUE(folder->Remove(name));
  EXPECT_THAT(*folder->List(""), IsEmpty());
}

TEST(S3Places, ALeaseOnARealServer) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const std::string bucket = gateway.MakeBucket();
  const S3LeaseOptions options{.renew_every = std::chrono::milliseconds(20)};
  const auto folder = *OpenS3Folder(gateway.Client(), {Scheme::kS3, bucket, "out"}, options);
  for (int round = 0; round < 4; ++round) {
    const bool expired = round % 2 == 1;  // else there is none
    if (expired) {
      ASSERT_TRUE(folder->Write("_run/lease.json", R"({"holder": "gone", "expires_seconds": -10})"));
    }
    EXPECT_FALSE(folder->LeaseHolder()->has_value());
    std::vector<Result<std::unique_ptr<Lease>>> leases;
    for (int i = 0; i < 4; ++i) leases.push_back(Fail(ErrorCode::kInternal, ""));
    {
      std::vector<std::jthread> runs;
      for (std::size_t i = 0; i < leases.size(); ++i) {
        runs.emplace_back([&, i] { leases[i] = folder->TakeLease("host " + std::to_string(i)); });
      }
    }
    int taken = 0;
    for (std::size_t i = 0; i < leases.size(); ++i) {
      if (!leases[i]) {
        EXPECT_EQ(leases[i].error().code(), ErrorCode::kFailedPrecondition) << leases[i].error().message();
        continue;
      }
      ++taken;
      const std::string first = **folder->LeaseHolder();
      EXPECT_EQ(first, "host " + std::to_string(i));
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      EXPECT_TRUE((*leases[i])->Check()) << (*leases[i])->Check().error().message();
    }
    EXPECT_EQ(taken, 1);
  }
}

TEST(S3Places, AListingOnARealServerEqualsAPlainSort) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const std::string bucket = gateway.MakeBucket();
  const auto client = gateway.Client();
  std::set<std::string> expected;
  // This server keeps keys as files, so none is also the beginning of another with a '/'.
  for (const char* folder :
       {"p/a-b/", "p/a/", "p/a0/", "p/a b%+/", "p/\xC3\xA9/deep/", "p/", "q/", "p/a/x/"}) {
    for (int i = 0; i < 25; ++i) {
      const std::string key = folder + std::to_string(i) + ".jpg";
      ASSERT_TRUE(client->Put(bucket, key, "x"));
      if (key.starts_with("p/")) expected.insert("s3://" + bucket + "/" + key);
    }
  }
  const std::string input = "s3://" + bucket + "/p";
  for (const int page_keys : {3, 10, 100, 1000}) {
    S3Listing listing(client, {{{Scheme::kS3, bucket, "p"}, input}}, kPhotoGlobs, {},
                      {.page_keys = page_keys, .keys_worth_a_request = 3});
    std::vector<std::string> raws;
    while (true) {
      const auto photos = listing.Next();
      ASSERT_TRUE(photos) << photos.error().message();
      if (photos->empty()) break;
      for (const ListedPhoto& photo : *photos) raws.push_back(photo.raw);
    }
    EXPECT_TRUE(std::ranges::equal(raws, expected)) << page_keys << ": " << raws.size();
  }
}

TEST(S3Places, AMissingBucketIsNotAMissingKey) {
  FRUITS_REQUIRE_GATEWAY(gateway);
  const auto folder = *OpenS3Folder(gateway.Client(), {Scheme::kS3, "no-such-bucket", "out"});
  EXPECT_EQ(folder->Facts("a").error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(folder->TakeLease("host 7").error().code(), ErrorCode::kFailedPrecondition);
  S3Listing listing(gateway.Client(), {{{Scheme::kS3, "no-such-bucket", "p"}, "s3://no-such-bucket/p"}},
                    kPhotoGlobs, {});
  EXPECT_EQ(listing.Next().error().code(), ErrorCode::kFailedPrecondition);
}

}  // namespace
}  // namespace fruits::io
