#include "fruits/io/folder.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>

#include "fruits/core/sha256.h"
#include "fruits/io/storage.h"
#include "io/posix.h"
#include "temp_dir.h"

namespace fruits {
namespace {

using test::ReadAll;
using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<Folder> OpenLocal(const std::string& path) {
  return *Storage().OpenFolder({Scheme::kFile, "", path});
}

std::size_t CountFiles(const std::string& path) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
    count += entry.is_regular_file();
  return count;
}

// Whether `check` holds in a process that may read only what is everybody's.
bool HoldsForNobody(const std::function<bool()>& check) {
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr unsigned kNobody = 65534;
    const bool is_root = ::geteuid() == 0;
    if (is_root && (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0))
      ::_exit(2);
    ::_exit(check() ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status == 0;
}

TEST(Folder, WritesWholeFilesAndMakesParents) {
  const TempDir dir;
  const auto folder = OpenLocal(dir / "out/run");
  EXPECT_FALSE(std::filesystem::exists(dir / "out"));
  const auto written = folder->Write("features/deep/a.txt", "hello");
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_EQ(ReadAll(dir / "out/run/features/deep/a.txt"), "hello");
  EXPECT_EQ(written->size_bytes, 5U);
  EXPECT_EQ(written->sha256, ToHex(Sha256Of("hello")));
  EXPECT_EQ(folder->Read("features/deep/a.txt").value_or("?"), "hello");
  ASSERT_TRUE(folder->Write("features/deep/a.txt", "again"));
  EXPECT_EQ(folder->Read("features/deep/a.txt").value_or("?"), "again");
  EXPECT_EQ(CountFiles(dir.path()), 1U);
}

TEST(Folder, ListsTheFoldersDirectlyBelow) {
  const TempDir dir;
  for (const char* name : {"b/deep/x", "a/x", "file"}) dir.Write(name);
  dir.Link("a", "link");
  EXPECT_THAT(*OpenLocal(dir.path())->ListFolders(), ElementsAre("a", "b", "link"));
  EXPECT_THAT(*OpenLocal(dir / "nowhere")->ListFolders(), ElementsAre());
  EXPECT_EQ(OpenLocal(dir / "file")->ListFolders().error().code(), ErrorCode::kNotFound);
}

TEST(Folder, HashesWhatIsWrittenInPieces) {
  const TempDir dir;
  const auto folder = OpenLocal(dir.path());
  std::string all;
  auto file = folder->Create("big");
  ASSERT_TRUE(file);
  for (int i = 0; i < 40; ++i) {
    const std::string piece(static_cast<std::size_t>(i * i * 3001 % 1'700'000),
                            static_cast<char>('a' + i % 26));
    all += piece;
    ASSERT_TRUE((*file)->Append(piece));
  }
  const auto written = (*file)->Commit();
  ASSERT_TRUE(written);
  EXPECT_EQ(written->size_bytes, all.size());
  EXPECT_EQ(written->sha256, ToHex(Sha256Of(all)));
  EXPECT_TRUE(ReadAll(dir / "big") == all);
  EXPECT_FALSE((*file)->Append("more"));
  EXPECT_FALSE((*file)->Commit());
}

TEST(Folder, AFileThatIsNotCommittedLeavesNothing) {
  const TempDir dir;
  const auto folder = OpenLocal(dir.path());
  ASSERT_TRUE(folder->Write("a", "old"));
  {
    auto file = folder->Create("a");
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->Append(std::string(3 << 20, 'n')));
    EXPECT_EQ(ReadAll(dir / "a"), "old");
    EXPECT_EQ(CountFiles(dir.path()), 2U);
    EXPECT_THAT(*folder->List(""), ElementsAre("a"));
  }
  EXPECT_EQ(ReadAll(dir / "a"), "old");
  EXPECT_EQ(CountFiles(dir.path()), 1U);
}

TEST(Folder, ListsSortedNamesBelowAPrefix) {
  const TempDir dir;
  const auto folder = OpenLocal(dir / "run");
  EXPECT_THAT(*folder->List(""), ElementsAre());
  EXPECT_THAT(*folder->List("features/"), ElementsAre());
  for (const char* name : {"features/b", "features/a", "run.json", "features/deep/x", "featuresque", "a-b"}) {
    ASSERT_TRUE(folder->Write(name, "x"));
  }
  EXPECT_THAT(*folder->List(""),
              ElementsAre("a-b", "features/a", "features/b", "features/deep/x", "featuresque", "run.json"));
  EXPECT_THAT(*folder->List("features/"), ElementsAre("features/a", "features/b", "features/deep/x"));
  EXPECT_THAT(*folder->List("feat"),
              ElementsAre("features/a", "features/b", "features/deep/x", "featuresque"));
}

TEST(Folder, AFreshDisksLostAndFoundIsPassedBy) {
  const TempDir dir;
  for (const char* name : {"run.json", "lost+found/#12", "deep/lost+found/x"}) dir.Write(name);
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(dir / "lost+found", std::filesystem::perms::none);
  const auto folder = OpenLocal(dir.path());
  EXPECT_THAT(*folder->List(""), ElementsAre("deep/lost+found/x", "run.json"));
  EXPECT_TRUE(HoldsForNobody([&] { return folder->List("") && folder->RemoveTemporaries(); }));
  std::filesystem::permissions(dir / "lost+found", std::filesystem::perms::owner_all);
}

TEST(Folder, ASubfolderThatCannotBeReadIsNamed) {
  const TempDir dir;
  dir.Write("deep/private/x");
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(dir / "deep/private", std::filesystem::perms::none);
  const auto folder = OpenLocal(dir.path());
  EXPECT_TRUE(HoldsForNobody([&] {
    const auto names = folder->List("");
    return !names && names.error().code() == ErrorCode::kIo &&
           names.error().message() == "cannot list " + (dir / "deep/private") + ": Permission denied";
  }));
  std::filesystem::permissions(dir / "deep/private", std::filesystem::perms::owner_all);
}

TEST(Folder, ExistsAndRemove) {
  const TempDir dir;
  const auto folder = OpenLocal(dir.path());
  ASSERT_TRUE(folder->Write("d/a", "x"));
  EXPECT_TRUE(*folder->Exists("d/a"));
  EXPECT_FALSE(*folder->Exists("d"));
  EXPECT_FALSE(*folder->Exists("d/a/b"));
  EXPECT_FALSE(*folder->Exists("none/a"));
  EXPECT_TRUE(folder->Remove("d/a"));
  EXPECT_FALSE(*folder->Exists("d/a"));
  EXPECT_TRUE(folder->Remove("d/a"));
  EXPECT_TRUE(folder->Remove("none/a"));
  EXPECT_EQ(folder->Read("d/a").error().code(), ErrorCode::kNotFound);
}

TEST(Folder, NamesStayWithinIt) {
  const TempDir dir;
  const auto folder = OpenLocal(dir / "run");
  for (const char* name : {"", "/a", "a//b", "a/", "../a", "a/../../b", "."}) {
    const auto written = folder->Write(name, "x");
    ASSERT_FALSE(written) << name;
    EXPECT_EQ(written.error().code(), ErrorCode::kInvalidArgument) << name;
  }
  EXPECT_EQ(folder->Address("a b/%.csv"), "file://" + (dir / "run/a b/%25.csv"));
  EXPECT_EQ(folder->uri().raw, dir / "run");
}

TEST(Folder, IsLeasedToOneAtATime) {
  const TempDir dir;
  const auto folder = OpenLocal(dir / "run");
  EXPECT_EQ(*folder->LeaseHolder(), std::nullopt);
  auto first = folder->TakeLease("the first");
  ASSERT_TRUE(first) << first.error().message();
  const auto second = folder->TakeLease("the second");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(second.error().message(), HasSubstr("the first"));
  EXPECT_EQ(*folder->LeaseHolder(), std::optional<std::string>("the first"));
  first->reset();
  EXPECT_EQ(*folder->LeaseHolder(), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(dir / "run")) << "a lease alone leaves nothing";
  EXPECT_TRUE(folder->TakeLease("the third"));
}

TEST(Folder, LookingForItsHolderRefusesNobody) {
  const TempDir dir;
  dir.Write("run/_run/lock", "a process that died");
  const auto folder = OpenLocal(dir / "run");
  std::vector<std::jthread> lookers;
  for (int i = 0; i < 2; ++i) {
    lookers.emplace_back([&dir](const std::stop_token& stop) {
      const auto same = OpenLocal(dir / "run");
      while (!stop.stop_requested()) EXPECT_TRUE(same->LeaseHolder());
    });
  }
  for (int i = 0; i < 300; ++i) {
    const auto lease = folder->TakeLease("a living process");
    ASSERT_TRUE(lease) << i << ": " << lease.error().message();
  }
}

TEST(Folder, AChildProcessDoesNotKeepTheLease) {
  const TempDir dir;
  const auto folder = OpenLocal(dir / "run");
  auto lease = folder->TakeLease("the parent");
  ASSERT_TRUE(lease);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execlp("sleep", "sleep", "60", nullptr);
    ::_exit(1);
  }
  const std::string program = "/proc/" + std::to_string(child) + "/comm";
  while (ReadAll(program) != "sleep\n") std::this_thread::yield();
  EXPECT_EQ(*folder->LeaseHolder(), std::optional<std::string>("the parent"));
  lease->reset();
  EXPECT_TRUE(folder->TakeLease("the next"));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST(Folder, AFileOpensAtAnyPlace) {
  const TempDir dir;
  const auto folder = OpenLocal(dir / "run");
  ASSERT_TRUE(folder->Write("a", "0123456789"));
  const auto facts = folder->Facts("a");
  ASSERT_TRUE(facts && *facts);
  EXPECT_EQ((*facts)->size_bytes, 10);
  const auto reader = folder->Open("a");
  ASSERT_TRUE(reader);
  std::string piece(3, ' ');
  ASSERT_TRUE((*reader)->ReadAt(4, std::as_writable_bytes(std::span(piece))));
  EXPECT_EQ(piece, "456");
  const auto beyond = (*reader)->ReadAt(8, std::as_writable_bytes(std::span(piece)));
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(folder->Digest("a")->sha256, ToHex(Sha256Of(std::string_view("0123456789"))));
  EXPECT_EQ(*folder->Facts("b"), std::nullopt);
}

TEST(Folder, AFolderThatCannotBeMadeIsNamed) {
  const TempDir dir;
  dir.Write("file");
  for (const std::string& path :
       {dir / "file/out", std::string("/proc/fruits/out"), std::string("/proc/self/out")}) {
    const auto written = OpenLocal(path)->Write("a", "x");
    ASSERT_FALSE(written) << path;
    EXPECT_EQ(written.error().code(), ErrorCode::kIo) << path;
    EXPECT_THAT(written.error().message(), HasSubstr(path.substr(0, path.rfind('/'))));
  }
}

TEST(Folder, AFileTooLargeForTheSystemIsExhaustionAndLeavesNothing) {
  const TempDir dir;
  const auto folder = OpenLocal(dir.path());
  // In a process of its own: the limit binds every file.
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {1 << 16, 1 << 16};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto written = folder->Write("a", std::string(1 << 18, 'x'));
    const bool good = !written && written.error().code() == ErrorCode::kResourceExhausted &&
                      written.error().message().find(dir / "a") != std::string::npos;
    ::_exit(good ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(CountFiles(dir.path()), 0U);
}

TEST(WriteAll, AFullDiskIsExhaustion) {
  const io::Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full.is_open());
  const auto status = io::WriteAll(full.get(), "x", "/dev/full");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(status.error().message(), HasSubstr("/dev/full: No space left on device"));
}

TEST(Folder, RemovesTemporariesOfTheDeadOnly) {
  const TempDir dir;
  const auto folder = OpenLocal(dir.path());
  const pid_t child = ::fork();
  if (child == 0) {
    auto file = folder->Create("features/part");
    const auto status = (*file)->Append(std::string(2 << 20, 'x'));
    ::kill(::getpid(), SIGKILL);
    ::_exit(status ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(CountFiles(dir.path()), 1U);
  EXPECT_THAT(*folder->List(""), ElementsAre());
  auto living = folder->Create("living");
  ASSERT_TRUE(living);
  dir.Write("features/tmp-mine.txt");
  ASSERT_TRUE(folder->RemoveTemporaries());
  EXPECT_EQ(CountFiles(dir.path()), 2U);
  ASSERT_TRUE((*living)->Append("alive"));
  ASSERT_TRUE((*living)->Commit());
  EXPECT_THAT(*folder->List(""), ElementsAre("features/tmp-mine.txt", "living"));
  EXPECT_TRUE(OpenLocal(dir / "none")->RemoveTemporaries());
}

TEST(Folder, ManyWritersOfOneNameDoNotMeet) {
  const TempDir dir;
  const auto folder = OpenLocal(dir.path());
  auto first = folder->Create("a");
  auto second = folder->Create("a");
  ASSERT_TRUE(first && second);
  ASSERT_TRUE((*first)->Append("first") && (*second)->Append("second"));
  ASSERT_TRUE((*first)->Commit());
  EXPECT_EQ(ReadAll(dir / "a"), "first");
  ASSERT_TRUE((*second)->Commit());
  EXPECT_EQ(ReadAll(dir / "a"), "second");
}

}  // namespace
}  // namespace fruits
