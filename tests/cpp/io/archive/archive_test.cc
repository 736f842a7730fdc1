#include "io/archive/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "archives.h"

namespace fruits::io {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;

TEST(IsArchiveName, LooksAtTheEndInAnyCase) {
  for (const char* name : {"a.tar", "A.TAR.GZ", "x/y.tgz", "b.Zip", "c.parquet"})
    EXPECT_TRUE(IsArchiveName(name)) << name;
  for (const char* name : {"", "a.gz", ".tar", "tar", "a.tar.bz2", "a.zip/b.jpg", "azip"})
    EXPECT_FALSE(IsArchiveName(name)) << name;
}

// Every member of every archive has the bytes that Python's tarfile, zipfile and pyarrow give, in byte order
// of names, read in order and at random.
TEST(Archive, MembersAreWhatPythonReads) {
  FRUITS_REQUIRE_ARCHIVES();
  std::size_t archives = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MadeArchives() / "good")) {
    const std::string name = "good/" + entry.path().filename().string();
    if (!IsArchiveName(name)) continue;
    SCOPED_TRACE(name);
    ++archives;
    const Opened opened = OpenMade(name);
    ASSERT_TRUE(opened.archive) << opened.error.message();
    EXPECT_EQ(opened.problem, "");
    const std::size_t count = opened.archive->members().size();
    std::vector<std::string> lines(count);
    for (std::size_t i = 0; i < count; ++i) lines[i] = Line(*opened.archive, i);
    std::string text;
    for (const std::string& line : lines) text += line;
    EXPECT_EQ(text, ReadAll((MadeArchives() / (name + ".expected")).string()));
    std::mt19937 random(7);
    for (int i = 0; i < 60; ++i) {
      const std::size_t member = random() % count;
      EXPECT_EQ(Line(*opened.archive, member), lines[member]);
    }
  }
  EXPECT_GE(archives, 26U);
}

TEST(Archive, ThreadsReadAtOnce) {
  FRUITS_REQUIRE_ARCHIVES();
  for (const std::string name :
       {"good/one.tar.gz", "good/multi.TGZ", "good/plain.parquet", "good/zip64.zip"}) {
    SCOPED_TRACE(name);
    const Opened opened = OpenMade(name);
    ASSERT_TRUE(opened.archive) << opened.error.message();
    const std::string expected = ReadAll((MadeArchives() / (name + ".expected")).string());
    std::atomic<int> wrong = 0;
    {
      std::vector<std::jthread> threads;
      for (unsigned seed = 0; seed < 8; ++seed) {
        threads.emplace_back([&, seed] {
          std::mt19937 random(seed);
          for (int i = 0; i < 40; ++i) {
            const std::size_t member = random() % opened.archive->members().size();
            if (!expected.contains(Line(*opened.archive, member))) ++wrong;
          }
        });
      }
    }
    EXPECT_EQ(wrong, 0);
  }
}

TEST(Archive, NeighboursCostNoRequest) {
  FRUITS_REQUIRE_ARCHIVES();
  for (const char* name : {"good/pax.tar", "good/deflate.zip"}) {
    std::atomic<int> reads = 0;
    const Opened opened = OpenBytes(name, ReadAll((MadeArchives() / name).string()), &reads);
    ASSERT_TRUE(opened.archive);
    EXPECT_EQ(GoodMembers(*opened.archive), opened.archive->members().size());
    EXPECT_EQ(reads, 1) << name;
  }
  std::atomic<int> reads = 0;
  const Opened packed =
      OpenBytes("one.tar.gz", ReadAll((MadeArchives() / "good/one.tar.gz").string()), &reads);
  ASSERT_TRUE(packed.archive);
  EXPECT_EQ(reads, 3);  // 18 MiB
  reads = 0;
  GoodMembers(*packed.archive);
  EXPECT_LE(reads, 2 * 3 + 3);  // with the byte that a point shares; names are nearly in the archive's order
}

TEST(Archive, TimesAreTheMembersOrTheArchives) {
  FRUITS_REQUIRE_ARCHIVES();
  const auto time = [](const char* archive, const char* name) -> std::int64_t {
    const Opened opened = OpenMade(archive);
    for (const auto& member : opened.archive->members())
      if (member.name == name) return member.mtime_ns;
    return -1;
  };
  EXPECT_EQ(time("good/odd.tar", "d/fine.jpg"), 1'650'000'000'123'456'789);
  EXPECT_EQ(time("good/odd.tar", "d/1.jpg"), 1'700'000'000'000'000'000);
  EXPECT_EQ(time("good/flat.tar.gz", "1.jpg"), 1'700'000'000'000'000'000);
  EXPECT_EQ(time("good/stored.zip", "empty.jpg"), 1'614'834'368'000'000'000);
  EXPECT_EQ(time("good/plain.parquet", "Kaki/1.jpg"), kArchiveTime);
}

TEST(Archive, MaxBytesBoundsWhatIsRead) {
  FRUITS_REQUIRE_ARCHIVES();
  for (const char* name :
       {"good/pax.tar", "good/one.tar.gz", "good/deflate.zip", "good/plain.parquet", "bad/bomb.zip"}) {
    const Opened opened = OpenMade(name);
    ASSERT_TRUE(opened.archive) << name;
    const auto& members = opened.archive->members();
    const auto largest = static_cast<std::size_t>(
        std::ranges::max_element(members, {}, &ArchiveMember::size_bytes) - members.begin());
    std::vector<std::byte> body;
    const Status read = opened.archive->Read(largest, body, members[largest].size_bytes - 1);
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(read.error().message(), AllOf(HasSubstr(std::string(name) + "!/"), HasSubstr("at most")));
    EXPECT_LT(body.capacity(), 10'000'000U);
    const Status fits = opened.archive->Read(largest, body, members[largest].size_bytes);
    EXPECT_EQ(fits.has_value(), std::string_view(name) != "bad/bomb.zip") << name;  // its checksum is wrong
  }
}

TEST(Archive, StopEndsOpeningAndReading) {
  FRUITS_REQUIRE_ARCHIVES();
  for (const char* name : {"good/pax.tar", "good/one.tar.gz", "good/stored.zip", "good/plain.parquet"}) {
    std::stop_source stop;
    stop.request_stop();
    std::string problem;
    const auto archive =
        OpenArchive(name, std::make_unique<MemoryReader>(ReadAll((MadeArchives() / name).string())), 0,
                    stop.get_token(), problem);
    ASSERT_FALSE(archive) << name;
    EXPECT_EQ(archive.error().code(), ErrorCode::kCancelled) << archive.error().message();
  }
}

// A file that answers with an error: it comes out as it is.
class FailingReader final : public RandomReader {
 public:
  std::uint64_t size_bytes() const override { return 1'000'000; }
  Status ReadAt(std::uint64_t, std::span<std::byte>) override {
    return Fail(ErrorCode::kUnavailable, "the server did not answer");
  }
};

TEST(Archive, ErrorsOfTheFileComeOutAsTheyAre) {
  for (const char* name : {"a.tar", "a.tar.gz", "a.zip", "a.parquet"}) {
    std::string problem;
    const auto archive = OpenArchive(name, std::make_unique<FailingReader>(), 0, {}, problem);
    ASSERT_FALSE(archive);
    EXPECT_EQ(archive.error().code(), ErrorCode::kUnavailable) << name;
    EXPECT_EQ(archive.error().message(), "the server did not answer");
  }
}

TEST(Archive, OtherFilesAreRefusedByName) {
  for (const std::string name : {"a.tar", "a.tgz", "a.zip", "a.parquet"}) {
    for (const std::string& bytes :
         {std::string(), std::string("x"), std::string(2000, 'x'), std::string("PK\x05\x06", 4)}) {
      const Opened opened = OpenBytes(name, bytes);
      ASSERT_FALSE(opened.archive) << name;
      EXPECT_EQ(opened.error.code(), ErrorCode::kCorrupt) << opened.error.message();
      EXPECT_THAT(opened.error.message(), HasSubstr(name));
    }
  }
  EXPECT_EQ(OpenBytes("a.rar", "x").error.code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace fruits::io
