#include "fruits/io/label_rule.h"

#include <gtest/gtest.h>

#include <thread>

namespace fruits {
namespace {

std::string LabelOf(const std::string& rule, std::string_view path) {
  auto parsed = LabelRule::Parse(rule);
  EXPECT_TRUE(parsed) << parsed.error().message();
  return parsed ? parsed->Label(path) : "error";
}

TEST(LabelRule, ParentIsTheWholeNameOfTheFolder) {
  EXPECT_EQ(LabelOf("parent", "/data/Apple Braeburn/1.jpg"), "Apple Braeburn");
  EXPECT_EQ(LabelOf("parent", "/data/a,\"b\"\n/1.jpg"), "a,\"b\"\n");
  EXPECT_EQ(LabelOf("parent", "/data/100%/1.jpg"), "100%");
  EXPECT_EQ(LabelOf("parent", "/data/caf\xE9 50%/1.jpg"), "caf%E9 50%25");
  EXPECT_EQ(LabelOf("parent", "/1.jpg"), "");
  EXPECT_EQ(LabelOf("parent", "1.jpg"), "");
  EXPECT_EQ(LabelOf("parent", "Apple/1.jpg"), "Apple");
  EXPECT_EQ(LabelRule().Label("/data/Apple/1.jpg"), "Apple");
}

TEST(LabelRule, NoneIsEmpty) { EXPECT_EQ(LabelOf("none", "/data/Apple/1.jpg"), ""); }

TEST(LabelRule, ExpressionsAreSearchedInTheWholePath) {
  EXPECT_EQ(LabelOf("/([^/]+)_\\d+\\.jpg$", "/data/x/Red Apple_12.jpg"), "Red Apple");
  EXPECT_EQ(LabelOf("/train/(.+?)_", "/train/a_b_c.jpg"), "a");
  EXPECT_EQ(LabelOf("/(?:train|test)/([^/]+)/", "/d/test/Kiwi/1.jpg"), "Kiwi");
  EXPECT_EQ(LabelOf("^/(x)", "/data/1.jpg"), "");
  EXPECT_EQ(LabelOf("/(caf.)/", "/caf\xE9/1.jpg"), "caf%E9");
}

TEST(LabelRule, AnEmptyMatchIsNotNoMatch) {
  const LabelRule rule = *LabelRule::Parse("/(r_)?[0-9]+\\.jpg$");
  EXPECT_EQ(rule.Find("/data/r_1.jpg"), "r_");
  EXPECT_EQ(rule.Find("/data/1.jpg"), "");
  EXPECT_EQ(rule.Find("/data/x.jpg"), std::nullopt);
  EXPECT_EQ(rule.Label("/data/x.jpg"), "");
}

TEST(LabelRule, RefusesOtherThanOneGroup) {
  for (const char* rule : {"abc", "(a)(b)", "(?:a)", "", "folder"}) {
    const auto parsed = LabelRule::Parse(rule);
    ASSERT_FALSE(parsed) << rule;
    EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(parsed.error().message().find("exactly one group"), std::string::npos);
  }
  for (const char* rule : {"(a", "[", "*(a)"}) {
    const auto parsed = LabelRule::Parse(rule);
    ASSERT_FALSE(parsed) << rule;
    EXPECT_NE(parsed.error().message().find(rule), std::string::npos);
    EXPECT_NE(parsed.error().message().find("not a regular expression"), std::string::npos);
  }
}

TEST(LabelRule, LongPathsDoNotOverflowTheStackOfAThread) {
  std::string path = "/";
  while (path.size() < 3989) path += "abcdefghi/";
  path += "Kiwi/1.jpg";
  ASSERT_GE(path.size(), 4000U);
  ASSERT_LE(path.size(), 4096U);
  std::string greedy;
  std::string alternatives;
  std::string too_long;
  std::thread worker([&] {
    greedy = LabelOf("^/(?:.*/)*(.*)/[^/]*$", path);
    alternatives = LabelOf("^(?:a|b|[c-z/])*/(Kiwi)/", path);
    too_long = LabelOf("(Kiwi)", path + std::string(4096, 'x'));
  });
  worker.join();
  EXPECT_EQ(greedy, "Kiwi");
  EXPECT_EQ(alternatives, "Kiwi");
  EXPECT_EQ(too_long, "");
}

}  // namespace
}  // namespace fruits
