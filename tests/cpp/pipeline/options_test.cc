#include "fruits/pipeline/options.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace fruits {
namespace {

TEST(OptionTableTest, NamesAndFlagsAreUniqueAndBelongTogether) {
  std::set<std::string_view> names;
  std::set<std::string_view> flags;
  for (const OptionInfo& info : OptionTable()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(flags.insert(info.flag).second) << info.flag;
    std::string from_name(info.name);
    for (char& c : from_name) c = c == '_' ? '-' : c;
    const std::string_view bare = info.flag.substr(info.flag.starts_with("--no-") ? 5 : 2);
    EXPECT_EQ(bare, from_name);
    EXPECT_FALSE(info.help.empty());
    EXPECT_NE(info.scope, 0U);
  }
}

TEST(OptionTableTest, DefaultsReadBackToThemselves) {
  const RunOptions defaults;
  for (const OptionInfo& info : OptionTable()) {
    const auto json = nlohmann::json::parse(info.json(defaults));
    if (json.is_array() || (json.is_string() && json.get<std::string>().empty())) continue;
    RunOptions options;
    const std::string text = json.is_string() ? json.get<std::string>() : json.dump();
    ASSERT_TRUE(info.set(options, text)) << info.name << " " << text;
    EXPECT_EQ(nlohmann::json::parse(info.json(options)), json) << info.name;
  }
}

TEST(OptionTableTest, ARefusedValueChangesNothing) {
  for (const OptionInfo& info : OptionTable()) {
    RunOptions options;
    const std::string before = info.json(options);
    const Status status = info.set(options, "\x01 no such value");
    if (status) continue;  // free text
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(status.error().message().find(info.flag), std::string::npos) << status.error().message();
    EXPECT_EQ(info.json(options), before) << info.name;
  }
}

TEST(ParseShareTest, SharesAndPercents) {
  EXPECT_EQ(ParseShare("0.5"), 0.5);
  EXPECT_EQ(ParseShare("1%"), 0.01);
  EXPECT_EQ(ParseShare("100%"), 1.0);
  EXPECT_EQ(ParseShare("%"), std::nullopt);
  EXPECT_EQ(ParseShare(""), std::nullopt);
  EXPECT_EQ(ParseShare("half"), std::nullopt);
  EXPECT_EQ(ParseShare("nan"), std::nullopt);
}

TEST(ParseThumbnailCountTest, WordsAndNumbers) {
  ASSERT_TRUE(ParseThumbnailCount("auto"));
  EXPECT_EQ(*ParseThumbnailCount("auto"), std::nullopt);
  EXPECT_EQ(**ParseThumbnailCount("none"), 0U);
  EXPECT_EQ(**ParseThumbnailCount("250"), 250U);
  for (const char* bad : {"", "-1", "many", "100001", "1.5"}) EXPECT_FALSE(ParseThumbnailCount(bad)) << bad;
}

TEST(CheckOptionsTest, NamesWhatIsMissing) {
  RunOptions options;
  EXPECT_NE(CheckOptions(options, kForRun).error().message().find("INPUT"), std::string::npos);
  options.inputs = {"photos"};
  EXPECT_NE(CheckOptions(options, kForRun).error().message().find("--output"), std::string::npos);
  options.output = "out";
  EXPECT_TRUE(CheckOptions(options, kForFit));
  EXPECT_FALSE(CheckOptions(options, kForRun));
}

}  // namespace
}  // namespace fruits
