#include "fruits/io/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace fruits {
namespace {

TEST(Glob, MatchesWithinOneName) {
  EXPECT_TRUE(GlobMatches("*.jpg", "a.jpg"));
  EXPECT_TRUE(GlobMatches("a*b*c", "aXbXbc"));
  EXPECT_TRUE(GlobMatches("?.jpg", "a.jpg"));
  EXPECT_TRUE(GlobMatches("[a-c]x[!0-9]", "bxy"));
  EXPECT_TRUE(GlobMatches("[]a]", "]"));
  EXPECT_TRUE(GlobMatches("[[]1].jpg", "[1].jpg"));
  EXPECT_TRUE(GlobMatches("*", "a"));
  EXPECT_FALSE(GlobMatches("*.jpg", "a.jpg.txt"));
  EXPECT_FALSE(GlobMatches("?.jpg", ".jpg"));
  EXPECT_FALSE(GlobMatches("[a-c]", "d"));
  EXPECT_FALSE(GlobMatches("[!a]", "a"));
  EXPECT_FALSE(GlobMatches("a", "ab"));
  EXPECT_FALSE(GlobMatches("", "a"));
}

TEST(Glob, WildcardsLeaveHiddenNamesAlone) {
  EXPECT_FALSE(GlobMatches("*.jpg", ".a.jpg"));
  EXPECT_FALSE(GlobMatches("[.]a", ".a"));
  EXPECT_FALSE(GlobMatches("?a", ".a"));
  EXPECT_TRUE(GlobMatches(".*.jpg", ".a.jpg"));
  EXPECT_FALSE(GlobMatches("**/x", "a/.b/x"));
  EXPECT_TRUE(GlobMatches("**/.b/x", "a/.b/x"));
}

TEST(Glob, CaseCountsUnlessToldOtherwise) {
  EXPECT_FALSE(GlobMatches("*.jpg", "A.JPG"));
  EXPECT_TRUE(GlobMatches("*.jpg", "A.JpG", true));
  EXPECT_TRUE(GlobMatches("*.JPG", "a.jpg", true));
  EXPECT_TRUE(GlobMatches("[a-c]*", "Bx", true));
  EXPECT_TRUE(GlobMatches("[A-C]*", "bx", true));
  EXPECT_FALSE(GlobMatches("[!a-c]*", "Bx", true));
}

TEST(Glob, DoubleStarCrossesFolders) {
  EXPECT_FALSE(GlobMatches("a/*", "a/b/c"));
  EXPECT_TRUE(GlobMatches("a/**", "a/b/c"));
  EXPECT_TRUE(GlobMatches("a/**/c", "a/c"));
  EXPECT_TRUE(GlobMatches("a/**/c", "a/x/y/c"));
  EXPECT_TRUE(GlobMatches("**/b*/**/*.jpg", "x/bb/y/z/1.jpg"));
  EXPECT_FALSE(GlobMatches("**/b/*.jpg", "x/b/y/1.jpg"));
  EXPECT_TRUE(GlobMatches("**", "a/b"));
  EXPECT_FALSE(GlobMatches("a/**", "b/c"));
}

TEST(Glob, ManyStarsDoNotExplode) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  EXPECT_FALSE(GlobMatches(pattern + "b", std::string(2000, 'a')));
  std::string folders;
  std::string stars;
  for (int i = 0; i < 30; ++i) {
    folders += "a/";
    stars += "**/a/";
  }
  EXPECT_FALSE(GlobMatches(stars + "b", folders + folders + "c"));
}

TEST(Glob, KnowsItsSyntax) {
  EXPECT_TRUE(HasGlobSyntax("a*"));
  EXPECT_TRUE(HasGlobSyntax("a[1]"));
  EXPECT_FALSE(HasGlobSyntax("a{1}\\"));
  EXPECT_TRUE(CheckGlob("a[b]c*[!]x]"));
  for (const char* bad : {"a[b", "[", "[]", "[!]", "x[a/b]"}) {
    const auto status = CheckGlob(bad);
    ASSERT_FALSE(status) << bad;
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(status.error().message().find(bad), std::string::npos);
  }
}

}  // namespace
}  // namespace fruits
