#include "io/s3/folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "fake_s3.h"
#include "io/s3/noise.h"
#include "io/s3/reader.h"
#include "io/s3/writer.h"

namespace fruits::io {
namespace {

using test::FakeS3;
using test::Noise;
using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<Folder> OpenFake(const std::shared_ptr<FakeS3>& s3, const std::string& uri = "s3://b/out") {
  return *OpenS3Folder(s3, *ParseUri(uri, "/"));
}

TEST(S3Folder, WritesReadsAndRemovesBelowItsPrefix) {
  const auto s3 = std::make_shared<FakeS3>();
  const auto folder = OpenFake(s3);
  auto file = folder->Create("features/a b%.txt");
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->Append("hel"));
  ASSERT_TRUE((*file)->Append("lo"));
  EXPECT_EQ(s3->BytesOf("out/features/a b%.txt"), "(none)");
  const auto written = (*file)->Commit();
  ASSERT_TRUE(written);
  EXPECT_EQ(written->size_bytes, 5U);
  EXPECT_EQ(written->sha256, ToHex(Sha256Of("hello")));
  EXPECT_FALSE((*file)->Append("x"));
  EXPECT_FALSE((*file)->Commit());
  EXPECT_EQ(s3->BytesOf("out/features/a b%.txt"), "hello");
  EXPECT_EQ(folder->Read("features/a b%.txt").value_or("?"), "hello");
  EXPECT_EQ(folder->Address("features/a b%.txt"), "s3://b/out/features/a b%25.txt");
  const auto facts = folder->Facts("features/a b%.txt");
  ASSERT_TRUE(facts && *facts);
  EXPECT_EQ((*facts)->size_bytes, 5U);
  EXPECT_FALSE((*facts)->etag.empty());
  EXPECT_TRUE(folder->Remove("features/a b%.txt"));
  EXPECT_TRUE(folder->Remove("features/a b%.txt"));
  EXPECT_FALSE(folder->Facts("features/a b%.txt")->has_value());
  EXPECT_EQ(folder->Read("features/a b%.txt").error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(folder->RemoveTemporaries());
}

TEST(S3Folder, WhoeverLostTheLeaseWritesNothingMore) {
  const auto s3 = std::make_shared<FakeS3>();
  const auto folder = *io::OpenS3Folder(s3, {.scheme = Scheme::kS3, .bucket = "b", .raw = "out"},
                                        {.renew_every = std::chrono::milliseconds(5)});
  ASSERT_TRUE(folder->Write("kept", "before"));
  const auto lease = folder->TakeLease("host 7");
  ASSERT_TRUE(lease);
  EXPECT_TRUE(folder->Write("mine", "x"));
  const auto open = folder->Create("open");
  ASSERT_TRUE(open && (*open)->Append("x"));
  s3->Store("out/_run/lease.json", R"({"holder": "host 8", "run_id": "f", "expires_seconds": 60})");
  for (int i = 0; i < 5000 && (*lease)->Check(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_EQ((*open)->Commit().error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(folder->Write("late", "x").error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(folder->Remove("kept").error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(s3->BytesOf("out/open"), "(none)");
  EXPECT_EQ(s3->BytesOf("out/late"), "(none)");
  EXPECT_EQ(s3->BytesOf("out/kept"), "before");
}

TEST(S3Folder, AbortsUploadsOfWantedNamesBelowIt) {
  const auto s3 = std::make_shared<FakeS3>();
  for (const char* key : {"out/features/a", "out/mine", "other/features/a", "output/features/a"})
    ASSERT_TRUE(s3->BeginUpload("b", key));
  const auto is_feature = [](std::string_view name) { return name.starts_with("features/"); };
  EXPECT_EQ(OpenFake(s3)->AbortUploads(is_feature).value_or(99), 1U);
  EXPECT_EQ(s3->uploads(), 3U);
  EXPECT_EQ(s3->CountRequests("ABORT out/features/a"), 1U);
}

TEST(S3Folder, AnEmptyFileIsAFile) {
  const auto s3 = std::make_shared<FakeS3>();
  auto file = OpenFake(s3)->Create("empty");
  ASSERT_TRUE((*file)->Commit());
  EXPECT_EQ(s3->BytesOf("out/empty"), "");
}

TEST(S3Folder, UrisWithAndWithoutASlashAreOneFolder) {
  const auto s3 = std::make_shared<FakeS3>();
  for (const char* uri : {"s3://b/out", "s3://b/out/"}) {
    EXPECT_EQ(OpenFake(s3, uri)->uri().ToString(), "s3://b/out");
    EXPECT_EQ(OpenFake(s3, uri)->Address(""), "s3://b/out");
    EXPECT_EQ(OpenFake(s3, uri)->Address("a"), "s3://b/out/a");
  }
  for (const char* uri : {"s3://b", "s3://b/"}) EXPECT_EQ(OpenFake(s3, uri)->Address("a"), "s3://b/a");
  EXPECT_EQ(OpenFake(s3, "s3://b//")->Address("a"), "s3://b//a");
  const auto odd = OpenFake(s3, "s3://b/out//");
  EXPECT_EQ(odd->Address("a"), "s3://b/out//a");
  EXPECT_EQ((*OpenS3Folder(s3, odd->uri()))->Address("a"), "s3://b/out//a");
  EXPECT_EQ(OpenS3Folder(s3, *ParseUri("/tmp", "/")).error().code(), ErrorCode::kInvalidArgument);
}

TEST(S3Folder, ListsSortedNamesWithoutTheLease) {
  const auto s3 = std::make_shared<FakeS3>();
  const auto folder = OpenFake(s3);
  for (int i = 0; i < 1500; ++i) s3->Store("out/many/" + std::to_string(10000 + i), "x");
  for (const char* name : {"a-b", "f/b", "f/a", "f/deep/x", "featuresque"})
    s3->Store(std::string("out/") + name, "x");
  for (const char* key : {"out/", "out/f/", "out/f//x", "outer/x", "out"}) s3->Store(key, "x");
  const auto expect_all = [&] {
    EXPECT_THAT(*folder->List("f/"), ElementsAre("f/a", "f/b", "f/deep/x"));
    EXPECT_THAT(*folder->List("f"), ElementsAre("f/a", "f/b", "f/deep/x", "featuresque"));
    EXPECT_THAT(*folder->List("_run/"), ElementsAre());
    const auto all = folder->List("");
    EXPECT_EQ(all->size(), 1505U);
    EXPECT_TRUE(std::ranges::is_sorted(*all));
  };
  expect_all();
  const auto lease = folder->TakeLease("host 7");
  ASSERT_TRUE(lease);
  EXPECT_EQ(*folder->LeaseHolder(), "host 7");
  EXPECT_EQ(s3->BytesOf("out/_run/lease.json").front(), '{');
  expect_all();
}

TEST(S3Folder, KnowsItsNamesWhileItIsLeased) {
  const auto s3 = std::make_shared<FakeS3>();
  const auto folder = OpenFake(s3);
  s3->Store("out/old", "x");
  auto lease = folder->TakeLease("host 7");
  ASSERT_TRUE(lease);
  const auto asked = [&] {
    return s3->CountRequests("LIST") + s3->CountRequests("HEAD") + s3->CountRequests("DELETE");
  };
  const std::size_t before = asked();
  EXPECT_TRUE(*folder->Exists("old"));
  EXPECT_FALSE(*folder->Exists("new"));
  EXPECT_TRUE(folder->Remove("never there"));
  ASSERT_TRUE(folder->Write("new", "y"));
  EXPECT_TRUE(*folder->Exists("new"));
  EXPECT_THAT(*folder->List(""), ElementsAre("new", "old"));
  EXPECT_EQ(asked(), before) << "nobody else writes here, so nobody need be asked";
  EXPECT_TRUE(folder->Remove("old"));
  EXPECT_EQ(s3->BytesOf("out/old"), "(none)");
  EXPECT_THAT(*folder->List(""), ElementsAre("new"));
  lease->reset();
  s3->Store("out/of another", "z");
  EXPECT_THAT(*folder->List(""), ElementsAre("new", "of another")) << "without the lease the server is asked";
}

TEST(S3Folder, AWriteWhoseAnswerWasLostMayBeThere) {
  const auto s3 = std::make_shared<FakeS3>();
  const auto folder = OpenFake(s3);
  const auto lease = folder->TakeLease("host 7");
  ASSERT_TRUE(lease);
  s3->before = [](const std::string& request) -> Status {
    if (request != "PUT out/a") return {};
    return Fail(ErrorCode::kUnavailable, "no answer");
  };
  EXPECT_FALSE(folder->Write("a", "x"));
  EXPECT_TRUE(*folder->Exists("a")) << "so that it is removed before another is written";
}

TEST(S3Folder, ListsTheFoldersDirectlyBelow) {
  const auto s3 = std::make_shared<FakeS3>();
  for (int i = 0; i < 1500; ++i) s3->Store("out/many-" + std::to_string(10000 + i) + "/x", "x");
  for (const char* key : {"out/a/deep/x", "out/a/x", "out/file", "out//x", "out/../x", "outer/x"})
    s3->Store(key, "x");
  const auto folders = OpenFake(s3)->ListFolders();
  ASSERT_TRUE(folders);
  EXPECT_EQ(folders->size(), 1501U);
  EXPECT_EQ(folders->front(), "a");
  EXPECT_EQ(folders->back(), "many-11499");
  EXPECT_EQ(s3->CountRequests("LIST/ out/"), 2U);
  EXPECT_THAT(*OpenFake(s3, "s3://b")->ListFolders(), ElementsAre("out", "outer"));
  EXPECT_THAT(*OpenFake(s3, "s3://b/none")->ListFolders(), ElementsAre());
}

TEST(S3Folder, NamesStayWithinIt) {
  const auto s3 = std::make_shared<FakeS3>();
  const auto folder = OpenFake(s3);
  for (const char* name : {"", "/a", "a//b", "a/", "../a", "a/../../b", "."}) {
    EXPECT_FALSE(folder->Write(name, "x")) << name;
    EXPECT_FALSE(folder->Read(name)) << name;
    EXPECT_FALSE(folder->Open(name)) << name;
    EXPECT_FALSE(folder->Facts(name)) << name;
    EXPECT_FALSE(folder->Remove(name)) << name;
  }
  EXPECT_FALSE(folder->List("../"));
  EXPECT_EQ(s3->CountRequests(""), 0U);
}

TEST(S3Writer, SizesAroundAPart) {
  for (const std::size_t size : {kS3FirstPartBytes - 1, kS3FirstPartBytes, kS3FirstPartBytes + 1,
                                 2 * kS3FirstPartBytes, 2 * kS3FirstPartBytes + 5}) {
    const auto s3 = std::make_shared<FakeS3>();
    const std::string bytes = Noise(size);
    auto file = CreateS3Object(s3, "b", "k");
    std::size_t step = 1;
    for (std::size_t at = 0; at < size; at += step, step = std::min<std::size_t>(step * 3, 5'000'000)) {
      ASSERT_TRUE(file->Append(std::string_view(bytes).substr(at, step)));
    }
    const auto written = file->Commit();
    ASSERT_TRUE(written) << written.error().message();
    EXPECT_EQ(written->size_bytes, size);
    EXPECT_EQ(written->sha256, ToHex(Sha256Of(bytes)));
    EXPECT_TRUE(s3->BytesOf("k") == bytes);
    EXPECT_EQ(s3->CountRequests("PUT"), size <= kS3FirstPartBytes ? 1U : 0U);
    EXPECT_EQ(s3->CountRequests("PART"),
              size <= kS3FirstPartBytes ? 0U : (size + kS3FirstPartBytes - 1) / kS3FirstPartBytes);
    file.reset();
    EXPECT_EQ(s3->CountRequests("ABORT"), 0U);
  }
}

TEST(S3Writer, TenThousandPartsAreEnoughForTheLargestObject) {
  std::uint64_t all = 0;
  for (std::size_t part = 0; part < 10'000; ++part) all += S3PartBytes(part);
  EXPECT_GE(all, 5ULL << 40);
  EXPECT_LE(S3PartBytes(9'999), 5ULL << 30);
}

TEST(S3Writer, WithoutCommitNothingIsLeft) {
  const auto s3 = std::make_shared<FakeS3>();
  s3->Store("k", "old");
  {
    auto file = CreateS3Object(s3, "b", "k");
    ASSERT_TRUE(file->Append(Noise(20 << 20)));
    EXPECT_EQ(s3->uploads(), 1U);
    EXPECT_EQ(s3->BytesOf("k"), "old");
  }
  EXPECT_EQ(s3->uploads(), 0U);
  EXPECT_EQ(s3->BytesOf("k"), "old");
}

TEST(S3Writer, AFailedPartSpoilsTheFile) {
  const auto s3 = std::make_shared<FakeS3>();
  auto file = CreateS3Object(s3, "b", "k");
  int parts = 0;
  s3->before = [&](const std::string& request) -> Status {
    if (request.starts_with("PART") && ++parts == 2) return Fail(ErrorCode::kUnavailable, "no answer");
    return {};
  };
  EXPECT_EQ(file->Append(Noise(30 << 20)).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(file->Append("x").error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(file->Commit().error().message(), "no answer");
  file.reset();
  EXPECT_EQ(s3->uploads(), 0U);
  EXPECT_EQ(s3->BytesOf("k"), "(none)");
}

void ExpectReads(RandomReader& reader, const std::string& bytes) {
  EXPECT_EQ(reader.size_bytes(), bytes.size());
  const std::size_t size = bytes.size();
  const std::vector<std::pair<std::size_t, std::size_t>> reads = {
      {size - 8, 8}, {size - 4000, 3992},  {0, 4},      {100, 0}, {size, 0},
      {0, size},     {size / 2, size / 3}, {5, 700'000}};
  for (const auto& [offset, length] : reads) {
    std::vector<std::byte> out(length);
    const Status read = reader.ReadAt(offset, out);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(bytes.compare(offset, length, reinterpret_cast<const char*>(out.data()), length), 0) << offset;
  }
  std::vector<std::byte> out(9);
  EXPECT_EQ(reader.ReadAt(size - 8, out).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(reader.ReadAt(size + 1, {}).error().code(), ErrorCode::kCorrupt);
}

TEST(S3Reader, ASmallObjectIsOneRequest) {
  const auto s3 = std::make_shared<FakeS3>();
  const std::string bytes = Noise(3'000'000);
  s3->Store("out/k", bytes);
  const auto reader = OpenFake(s3)->Open("k");
  ASSERT_TRUE(reader);
  s3->Store("out/k", "other");  // it is held as it was
  ExpectReads(**reader, bytes);
  EXPECT_EQ(s3->CountRequests(""), 1U);
  EXPECT_EQ(OpenFake(s3)->Open("none").error().code(), ErrorCode::kNotFound);
}

TEST(S3Reader, ALargeObjectIsReadByRanges) {
  const auto s3 = std::make_shared<FakeS3>();
  const std::string bytes = Noise(5'000'000);
  s3->Store("k", bytes);
  const auto reader = OpenS3Object(s3, "b", "k", 1'000'000);
  ASSERT_TRUE(reader);
  ExpectReads(**reader, bytes);
  // The try at the whole, a footer in two reads, the beginning (twice), the whole, the middle.
  EXPECT_EQ(s3->CountRequests("GET"), 5U);
  EXPECT_EQ(s3->CountRequests("HEAD"), 1U);
}

TEST(S3Reader, AReplacedObjectIsAnErrorAndNoMixture) {
  const auto s3 = std::make_shared<FakeS3>();
  s3->Store("k", Noise(5'000'000));
  const auto reader = OpenS3Object(s3, "b", "k", 1'000'000);
  std::vector<std::byte> out(10);
  ASSERT_TRUE((*reader)->ReadAt(0, out));
  s3->Store("k", Noise(5'000'001));
  EXPECT_EQ((*reader)->ReadAt(3'000'000, out).error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace fruits::io
