#include "fruits/report/report_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fruits/io/feature_part.h"
#include "temp_folder.h"

namespace fruits {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

ReportFacts Facts() {
  return {.record = R"({"command": "run", "files": {"secret": 1}, "counts": {"photos": 4}})",
          .eigenvalues = {8, 1, 0.5, 0.5},
          .components = 2,
          .total_variance = 10,
          .rejected = {}};
}

Result<std::string> Written(ReportPage page, const ReportFacts& facts, const Folder* photos = nullptr) {
  std::string text;
  const Status status = std::move(page).Write(facts, photos, [&](std::string_view piece) -> Status {
    text += piece;
    return {};
  });
  if (!status) return std::unexpected(status.error());
  return text;
}

Json DataOf(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t from = page.find(begin) + begin.size();
  return Json::parse(page.substr(from, page.find("</script>", from) - from));
}

ReportPage MakePage(std::size_t rows, ReportPageOptions options = {}) {
  options.rows = rows;
  ReportPage page(options);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::vector<double> scores{static_cast<double>(i), i % 2 * 3.0};
    EXPECT_TRUE(page.Add({.path = "file:///photos/p/" + std::to_string(i) + ".jpg",
                          .label = i % 2 ? "odd" : "even",
                          .scores = scores}));
  }
  return page;
}

TEST(ReportPageTest, IsOneDocumentThatAllowsNothingFromOutside) {
  const auto page = Written(MakePage(4), Facts());
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->starts_with("<!doctype html>"));
  EXPECT_THAT(*page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(*page, Not(HasSubstr("<!--fruits:")));
  EXPECT_THAT(*page, Not(HasSubstr("<script src")));
  EXPECT_TRUE(page->ends_with("</html>\n"));
}

TEST(ReportPageTest, DataSaysWhatRanAndWhatVarianceIsReached) {
  const Json data = DataOf(*Written(MakePage(4), Facts()));
  EXPECT_EQ(data["run"]["command"], "run");
  EXPECT_FALSE(data["run"].contains("files"));
  EXPECT_EQ(data["points"], 4);
  EXPECT_EQ(data["components"], 2);
  EXPECT_EQ(data["variance"]["reach"][0]["components"], 1);
  EXPECT_EQ(data["variance"]["reach"][1]["components"], 2);
  EXPECT_EQ(data["variance"]["reach"][2]["components"], 3);
  EXPECT_EQ(data["variance"]["kept_share"], 0.9);
  EXPECT_EQ(data["classes"][0]["name"], "even");
  EXPECT_EQ(data["classes"][0]["count"], 2);
  EXPECT_EQ(data["folders"], Json::array({"file:///photos/p/"}));
  EXPECT_EQ(data["names"][3], "3.jpg");
}

TEST(ReportPageTest, AShareThatTheKnownComponentsDoNotReachIsNull) {
  ReportFacts facts = Facts();
  facts.eigenvalues = {5, 3.5};
  const Json data = DataOf(*Written(MakePage(4), facts));
  EXPECT_EQ(data["variance"]["reach"][0]["components"], 2);
  EXPECT_TRUE(data["variance"]["reach"][1]["components"].is_null());
}

TEST(ReportPageTest, NamesAreNeverMarkup) {
  ReportPage page({.rows = 2});
  const std::vector<double> scores{1, 2};
  ASSERT_TRUE(page.Add(
      {.path = "file:///<img src=x onerror=alert(1)>.jpg", .label = "</script><b>", .scores = scores}));
  ASSERT_TRUE(page.Add({.path = "file:///b\xFF.jpg", .label = "caf\xE9", .scores = scores}));
  ReportFacts facts = Facts();
  facts.rejected.push_back({.path = "<img>", .stage = "read", .reason = "<!--"});
  const auto written = Written(std::move(page), facts);
  const std::size_t from = written->find("id=\"data\">");
  const std::string element = written->substr(from, written->find("<script>", from) - from);
  EXPECT_THAT(element, Not(HasSubstr("<img")));
  EXPECT_THAT(element, Not(HasSubstr("<b>")));
  const Json data = DataOf(*written);
  EXPECT_EQ(data["names"][0], "<img src=x onerror=alert(1)>.jpg");
  EXPECT_EQ(data["classes"][0]["name"], "</script><b>");
  EXPECT_EQ(data["rejected"][0]["reason"], "<!--");
}

TEST(ReportPageTest, SamplesAndStaysWithinItsBytes) {
  test::TempFolder temp;
  FeaturePart part{.fingerprint = "0123abcd", .dimension = 1};
  for (std::size_t i = 0; i < 600; ++i) {
    part.rows.push_back({.path = "file:///photos/p/" + std::to_string(i) + ".jpg"});
    part.features.push_back(0);
    part.thumbnails.push_back("RIFF" + std::string(890, 'x'));
  }
  ASSERT_TRUE(WriteFeaturePart(temp.folder(), FeaturePartName(0, 1), part));
  const auto page =
      Written(MakePage(600, {.max_points = 300, .max_bytes = 400'000}), Facts(), &temp.folder());
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_LE(page->size(), 400'000U);
  EXPECT_GT(page->size(), 380'000U);
  const Json data = DataOf(*page);
  EXPECT_EQ(data["rows"], 600);
  EXPECT_EQ(data["points"], 300);

  const auto few = Written(MakePage(600, {.thumbnails = 3}), Facts(), &temp.folder());
  EXPECT_THAT(*few, HasSubstr("\"chunk\":512,\"count\":3,"));
  const auto none = Written(MakePage(600, {.thumbnails = 0}), Facts(), &temp.folder());
  EXPECT_THAT(*none, HasSubstr("\"chunk\":512,\"count\":0,"));
}

TEST(ReportPageTest, LongNamesOfMarkupStayWithinTheirBytesToo) {
  ReportPage page({.rows = 20'000});
  const std::string name(250, '<');
  for (std::size_t i = 0; i < 20'000; ++i) {
    const std::string path = "file:///p/" + name + std::to_string(i) + ".jpg";
    const double score = static_cast<double>(i % 7);
    ASSERT_TRUE(page.Add({.path = path, .label = "a", .scores = std::span(&score, 1)}));
  }
  const auto written = Written(std::move(page), Facts());
  EXPECT_LE(written->size(), 5'000'000U);
  EXPECT_THAT(DataOf(*written)["names"][19'999].get<std::string>(), testing::EndsWith("<19999.jpg"));
}

TEST(ReportPageTest, SameRowsSameBytes) {
  EXPECT_EQ(*Written(MakePage(50), Facts()), *Written(MakePage(50), Facts()));
}

TEST(ReportPageTest, TheSinksErrorComesBack) {
  const Status status = MakePage(3).Write(Facts(), nullptr, [](std::string_view) -> Status {
    return Fail(ErrorCode::kResourceExhausted, "disk full");
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message(), "disk full");
}

}  // namespace
}  // namespace fruits
