#include "fruits/io/catalog.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "temp_dir.h"

namespace fruits {
namespace {

using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;

class CatalogTest : public testing::Test {
 protected:
  // The paths listed, without the scratch folder's own.
  std::vector<std::string> List(std::vector<std::string> inputs, std::vector<std::string> globs = {}) {
    auto catalog = ListCatalog(
        {.inputs = std::move(inputs), .globs = std::move(globs), .working_directory = dir_.path()});
    if (!catalog) return {"error: " + catalog.error().message()};
    problems_ = catalog->problems();
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < catalog->size(); ++i) {
      const std::string path = catalog->RawPath(i);
      paths.push_back(
          path.starts_with(dir_.path().native() + "/") ? path.substr(dir_.path().native().size() + 1) : path);
    }
    return paths;
  }
  ErrorCode CodeOf(const CatalogOptions& options) {
    auto catalog = ListCatalog(options);
    EXPECT_FALSE(catalog);
    if (catalog) return ErrorCode::kInternal;
    message_ = catalog.error().message();
    return catalog.error().code();
  }

  const TempDir dir_;
  std::vector<ListingProblem> problems_;
  std::string message_;
};

TEST_F(CatalogTest, ListsFoldersInByteOrderOfTheWholePath) {
  for (const char* name : {"a/1.jpg", "a/b/1.jpg", "a b/1.jpg", "a.jpg", "a/b.jpg", "a/b-.jpg", "a/b0.jpg",
                           "a-/1.jpg", "a0/1.jpg", "B/1.jpg", "a/\xC3\xA9.jpg", "a/b/c/d.jpg"}) {
    dir_.Write(name);
  }
  const auto paths = List({"."});
  auto sorted = paths;
  std::ranges::sort(sorted, [](const std::string& x, const std::string& y) {
    return std::ranges::lexicographical_compare(
        x, y, {}, [](char c) { return static_cast<unsigned char>(c); },
        [](char c) { return static_cast<unsigned char>(c); });
  });
  EXPECT_EQ(paths, sorted);
  EXPECT_EQ(paths.size(), 12U);
  EXPECT_TRUE(problems_.empty());
}

TEST_F(CatalogTest, NamesKeepEveryByte) {
  const std::vector<std::string> names = {" lead.jpg",   "a b.jpg",    "a\"b'.jpg", "a%20b.jpg",
                                          "caf\xE9.jpg", "co,mma.jpg", "ne\nw.jpg", "\xE2\x82\xAC.jpg"};
  for (const std::string& name : names) dir_.Write("d/" + name);
  auto catalog = ListCatalog({.inputs = {dir_ / "d"}});
  ASSERT_TRUE(catalog);
  ASSERT_EQ(catalog->size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(catalog->RawPath(i), dir_ / "d/" + names[i]);
  EXPECT_EQ(catalog->Path(3), "file://" + (dir_ / "d/a%2520b.jpg"));
  EXPECT_EQ(catalog->Path(4), "file://" + (dir_ / "d/caf%E9.jpg"));
  EXPECT_EQ(catalog->Path(6), "file://" + (dir_ / "d/ne%0Aw.jpg"));
}

TEST_F(CatalogTest, AnExcludedFolderIsNotEnteredByAnyPath) {
  for (const char* name : {"a/1.jpg", "out/2.jpg", "out/deep/3.jpg", "outer/4.jpg"}) dir_.Write(name);
  dir_.Link("out", "link");
  const auto list = [&](const std::string& input, std::size_t limit = 0) {
    std::vector<std::string> names;
    const auto catalog = ListCatalog({.inputs = {input},
                                      .limit = limit,
                                      .working_directory = dir_.path().string(),
                                      .excluded = dir_ / "out"});
    if (!catalog) return std::vector{std::string(catalog.error().message())};
    for (std::size_t i = 0; i < catalog->size(); ++i)
      names.push_back(catalog->RawPath(i).substr(dir_.path().string().size() + 1));
    return names;
  };
  for (const char* input : {".", "*", "**/*.jpg", "*/*.jpg"})
    EXPECT_THAT(list(input), ElementsAre("a/1.jpg", "outer/4.jpg")) << input;
  EXPECT_THAT(list(".", 2), ElementsAre("a/1.jpg", "outer/4.jpg"));
  EXPECT_THAT(list("link"), ElementsAre());
  EXPECT_THAT(list("link/d*/*"), ElementsAre(testing::HasSubstr("nothing matches the input glob")));
}

TEST_F(CatalogTest, SizesAndTimesAreThoseOfTheFile) {
  dir_.Write("a.jpg", "12345");
  dir_.Link("a.jpg", "link.jpg");
  const timespec times[2] = {{1000, 5}, {1234567890, 987654321}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (dir_ / "a.jpg").c_str(), times, 0), 0);
  auto catalog = ListCatalog({.inputs = {dir_.path()}});
  ASSERT_TRUE(catalog);
  ASSERT_EQ(catalog->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(catalog->size_bytes(i), 5U);
    EXPECT_EQ(catalog->mtime_ns(i), 1234567890987654321);
  }
}

TEST_F(CatalogTest, GlobsChooseNamesWithoutRegardToCase) {
  for (const char* name : {"1.JPG", "2.jpeg", "3.PnG", "4.webp", "5.txt", "6.jpg.bak", ".7.jpg", "jpg"})
    dir_.Write(name);
  EXPECT_THAT(List({"."}), ElementsAre("1.JPG", "2.jpeg", "3.PnG", "4.webp"));
  EXPECT_THAT(List({"."}, {"*.TXT", "1*"}), ElementsAre("1.JPG", "5.txt"));
  EXPECT_THAT(List({"."}, {".*.jpg"}), ElementsAre(".7.jpg"));
  EXPECT_THAT(List({"5.txt", ".7.jpg"}), ElementsAre(".7.jpg", "5.txt"));
}

TEST_F(CatalogTest, HiddenFoldersAreNotEnteredUnlessNamed) {
  dir_.Write("d/.hidden/1.jpg");
  dir_.Write("d/2.jpg");
  dir_.Link(".hidden", "d/.link");
  EXPECT_THAT(List({"d"}), ElementsAre("d/2.jpg"));
  EXPECT_THAT(List({"d/.hidden"}), ElementsAre("d/.hidden/1.jpg"));
  EXPECT_THAT(List({"d/.h*/*.jpg"}), ElementsAre("d/.hidden/1.jpg"));
  EXPECT_THAT(List({"**/*.jpg"}), ElementsAre("d/2.jpg"));
}

TEST_F(CatalogTest, InputGlobs) {
  for (const char* name : {"p/a/b1.jpg", "p/a/c.jpg", "p/x/y/b2.jpg", "p/b3.jpg", "p/a/b.txt", "q/b4.jpg"})
    dir_.Write(name);
  EXPECT_THAT(List({"p/*/b*.jpg"}), ElementsAre("p/a/b1.jpg"));
  EXPECT_THAT(List({"p/**/b*.jpg"}), ElementsAre("p/a/b1.jpg", "p/b3.jpg", "p/x/y/b2.jpg"));
  EXPECT_THAT(List({"**/y/*"}), ElementsAre("p/x/y/b2.jpg"));
  EXPECT_THAT(List({"p/a/*"}), ElementsAre("p/a/b.txt", "p/a/b1.jpg", "p/a/c.jpg"));  // as they are
  EXPECT_THAT(List({"p/**"}),
              ElementsAre("p/a/b1.jpg", "p/a/c.jpg", "p/b3.jpg", "p/x/y/b2.jpg"));  // the folder
  EXPECT_THAT(List({"[pq]"}, {"b[34]*"}), ElementsAre("p/b3.jpg", "q/b4.jpg"));
  EXPECT_THAT(List({"file://" + (dir_ / "q/*.jpg")}), ElementsAre("q/b4.jpg"));
}

TEST_F(CatalogTest, AWorkingDirectoryOrAFileMayLookLikeAGlob) {
  dir_.Write("[old]*/a[1].jpg");
  dir_.Write("[old]*/a1.jpg");
  auto catalog = ListCatalog({.inputs = {"a*.jpg"}, .working_directory = dir_ / "[old]*"});
  ASSERT_TRUE(catalog) << catalog.error().message();
  EXPECT_EQ(catalog->size(), 2U);
  EXPECT_THAT(List({"[old]*/a[1].jpg"}), ElementsAre("[old]*/a[1].jpg"));
}

TEST_F(CatalogTest, APhotoReachedTwiceIsOneRow) {
  for (const char* name : {"p/a/1.jpg", "p/a/2.jpg", "p/b/3.jpg"}) dir_.Write(name);
  EXPECT_THAT(List({"p", "p/a", "p//a/./1.jpg", "p/x/../a", "p/*/1.jpg", "file://" + (dir_ / "p/b")}),
              ElementsAre("p/a/1.jpg", "p/a/2.jpg", "p/b/3.jpg"));
}

TEST_F(CatalogTest, LinksAreFollowedAndLoopsEnd) {
  dir_.Write("p/a/1.jpg");
  dir_.Write("other/2.jpg");
  dir_.Link("..", "p/a/up");
  dir_.Link(".", "p/self");
  dir_.Link(dir_ / "other", "p/there");
  dir_.Link("../p", "other/back");
  dir_.Link("1.jpg", "p/a/same.jpg");
  EXPECT_THAT(List({"p"}), ElementsAre("p/a/1.jpg", "p/a/same.jpg", "p/there/2.jpg"));
  EXPECT_TRUE(problems_.empty());
  EXPECT_THAT(List({"p/**/*.jpg"}), ElementsAre("p/a/1.jpg", "p/a/same.jpg", "p/there/2.jpg"));
}

TEST_F(CatalogTest, BrokenLinksAndOddFilesAreProblems) {
  dir_.Write("p/1.jpg");
  dir_.Link("nowhere", "p/gone.jpg");
  dir_.Link("ring.jpg", "p/ring.jpg");
  ASSERT_EQ(::mkfifo((dir_ / "p/pipe.jpg").c_str(), 0600), 0);
  EXPECT_THAT(List({"p"}), ElementsAre("p/1.jpg"));
  ASSERT_EQ(problems_.size(), 3U);
  EXPECT_THAT(problems_[0].path, HasSubstr("gone.jpg"));
  EXPECT_THAT(problems_[0].reason, HasSubstr("a link to nothing"));
  EXPECT_THAT(problems_[1].reason, HasSubstr("neither a file nor a folder"));
  EXPECT_THAT(problems_[2].reason, HasSubstr("Too many levels of symbolic links"));
  EXPECT_THAT(List({"p/*"}), ElementsAre("p/1.jpg"));
  EXPECT_EQ(problems_.size(), 3U);
}

// Root may read any folder, so these cannot be opened for another reason: their path is too long.
TEST_F(CatalogTest, FoldersThatCannotBeReadAreProblems) {
  dir_.Write("p/1.jpg");
  // A chain of folders deeper than a path can be: the last ones cannot be opened by name.
  std::string deep = dir_ / "p";
  const std::string part = "/" + std::string(200, 'd');
  int fd = ::open(deep.c_str(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 25; ++i) {
    ASSERT_EQ(::mkdirat(fd, part.c_str() + 1, 0700), 0);
    const int next = ::openat(fd, part.c_str() + 1, O_RDONLY | O_DIRECTORY);
    ASSERT_GE(next, 0);
    ::close(fd);
    fd = next;
  }
  ::close(fd);
  EXPECT_THAT(List({"p"}), ElementsAre("p/1.jpg"));
  ASSERT_EQ(problems_.size(), 1U);
  EXPECT_THAT(problems_[0].path, HasSubstr("file://" + (dir_ / "p/ddd")));
  EXPECT_THAT(problems_[0].reason, HasSubstr("File name too long"));
}

TEST_F(CatalogTest, WhatIsNotThereIsNamed) {
  EXPECT_EQ(CodeOf({.inputs = {dir_ / "nope"}}), ErrorCode::kNotFound);
  EXPECT_THAT(message_, HasSubstr(dir_ / "nope"));
  EXPECT_EQ(CodeOf({.inputs = {dir_ / "x*/y.jpg"}}), ErrorCode::kNotFound);
  EXPECT_THAT(message_, HasSubstr(dir_ / "x*/y.jpg"));
  dir_.Write("a.jpg");
  EXPECT_EQ(CodeOf({.inputs = {dir_ / "a.jpg/b"}}), ErrorCode::kNotFound);
}

TEST_F(CatalogTest, RefusesWhatCanNeverWork) {
  EXPECT_EQ(CodeOf({}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.inputs = {dir_ / "a[b"}}), ErrorCode::kInvalidArgument);
  EXPECT_THAT(message_, HasSubstr("a[b"));
  EXPECT_EQ(CodeOf({.inputs = {dir_.path()}, .globs = {"[x"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.inputs = {dir_.path()}, .globs = {"a/*.jpg"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.inputs = {""}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.inputs = {"s3://b/k"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.inputs = {"/dev/null"}}), ErrorCode::kInvalidArgument);
}

TEST_F(CatalogTest, AnEmptyFolderIsNoError) { EXPECT_THAT(List({"."}), ElementsAre()); }

TEST_F(CatalogTest, LimitTakesTheFirstInOrder) {
  for (const char* name : {"b/1.jpg", "a/2.jpg", "c/3.jpg", "a/1.jpg"}) dir_.Write(name);
  auto catalog = ListCatalog({.inputs = {dir_.path()}, .limit = 3});
  ASSERT_TRUE(catalog);
  ASSERT_EQ(catalog->size(), 3U);
  EXPECT_EQ(catalog->RawPath(0), dir_ / "a/1.jpg");
  EXPECT_EQ(catalog->RawPath(1), dir_ / "a/2.jpg");
  EXPECT_EQ(catalog->RawPath(2), dir_ / "b/1.jpg");
}

TEST_F(CatalogTest, StopsWhenAsked) {
  dir_.Write("a.jpg");
  std::stop_source stop;
  stop.request_stop();
  auto catalog = ListCatalog({.inputs = {dir_.path()}}, stop.get_token());
  ASSERT_FALSE(catalog);
  EXPECT_EQ(catalog.error().code(), ErrorCode::kCancelled);
}

TEST_F(CatalogTest, TakesAtMostAHundredBytesAPhoto) {
  constexpr int kFolders = 20;
  constexpr int kPhotos = 250;
  for (int folder = 0; folder < kFolders; ++folder) {
    for (int photo = 0; photo < kPhotos; ++photo) {
      dir_.Write("Apple Braeburn " + std::to_string(folder) + "/r_" + std::to_string(photo) + "_100.jpg");
    }
  }
  auto catalog = ListCatalog({.inputs = {dir_.path()}});
  ASSERT_TRUE(catalog);
  ASSERT_EQ(catalog->size(), std::size_t{kFolders} * kPhotos);
  EXPECT_LE(catalog->memory_bytes(), 100 * catalog->size());
}

}  // namespace
}  // namespace fruits
