#include "fruits/report/projection_svg.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/svg_checks.h"

namespace fruits {
namespace {

using test::Elements;
using test::ExpectCleanPage;
using test::HasText;

std::string Draw(const ProjectionSvg& plot) {
  std::string text;
  const Status done = plot.Write([&](std::string_view piece) -> Status {
    text += piece;
    return {};
  });
  EXPECT_TRUE(done.has_value());
  return text;
}

ProjectionSvg Clusters(std::size_t labels, std::size_t each, ProjectionSvgOptions options = {}) {
  ProjectionSvg plot(std::move(options));
  std::uint32_t state = 7;
  const auto random = [&] {
    state = state * 1664525U + 1013904223U;
    return static_cast<double>(state >> 8) / 16777216.0;
  };
  for (std::size_t i = 0; i < labels; ++i) {
    const double x = 100 * random(), y = 50 * random();
    for (std::size_t k = 0; k < each; ++k) {
      EXPECT_TRUE(plot.Add("Pear Something " + std::to_string(i), x + 5 * random(), y + 5 * random()));
    }
  }
  return plot;
}

// How many markers the picture draws: moves in the paths of the points.
std::size_t Markers(const std::vector<test::XmlElement>& elements) {
  std::size_t group = elements.size(), markers = 0;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (elements[i].attributes.contains("id") && elements[i].attributes.at("id") == "points") group = i;
    const auto& path = elements[i].path;
    if (elements[i].name != "path" || std::find(path.begin(), path.end(), group) == path.end()) continue;
    const std::string& d = elements[i].attributes.at("d");
    markers += static_cast<std::size_t>(std::count(d.begin(), d.end(), 'M'));
  }
  return markers;
}

TEST(ProjectionSvg, AxesCarryTheirShares) {
  const std::string svg =
      Draw(Clusters(2, 5, {.shares = {0.657, 0.0812}, .shares_of_kept = {0.741, 0.0916}, .components = 7}));
  const auto elements = Elements(svg);
  EXPECT_TRUE(HasText(elements, "PC1 (65.7 % of variance, 74.1 % of the K = 7 kept)"));
  EXPECT_TRUE(HasText(elements, "PC2 (8.12 % of variance, 9.16 % of the K = 7 kept)"));
  EXPECT_TRUE(HasText(elements, "10 photos, 2 labels"));
  EXPECT_TRUE(HasText(Elements(Draw(Clusters(1, 1, {.shares = {0.657, 0.1}}))), "PC1 (65.7 % of variance)"));
  EXPECT_TRUE(HasText(Elements(Draw(Clusters(1, 1))), "PC1"));
}

TEST(ProjectionSvg, AnyNumberOfLabelsLeavesACleanPage) {
  for (const std::size_t labels : {1, 2, 10, 12, 32, 33, 64, 65, 84, 85, 131, 250, 318, 319, 1000}) {
    const std::string svg = Draw(Clusters(labels, 3));
    SCOPED_TRACE(labels);
    ExpectCleanPage(svg);
    EXPECT_EQ(Markers(Elements(svg)), 3 * labels);
  }
}

TEST(ProjectionSvg, LegendNamesEveryLabelUpTo300) {
  for (const std::size_t labels : {12, 131, 300}) {
    const auto elements = Elements(Draw(Clusters(labels, 2)));
    for (std::size_t i = 0; i < labels; ++i)
      EXPECT_TRUE(HasText(elements, "Pear Something " + std::to_string(i))) << labels;
  }
  const auto elements = Elements(Draw(Clusters(1000, 1)));
  EXPECT_TRUE(std::any_of(elements.begin(), elements.end(),
                          [](const auto& e) { return e.text.ends_with(" more labels"); }));
}

TEST(ProjectionSvg, LongAndOddLabelsStayInTheirColumn) {
  ProjectionSvg plot({});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(plot.Add(std::string(static_cast<std::size_t>(i) + 1, i % 2 ? 'W' : 'i'), i, -i));
    ASSERT_TRUE(plot.Add("苹果苹果苹果苹果苹果苹果苹果苹果苹果苹果" + std::to_string(i), i, i));
  }
  for (const std::string& label : {std::string("<b>&\"'"), std::string("\xff\xfe"), std::string("a\nb"),
                                   std::string("\0", 1), std::string()}) {
    ASSERT_TRUE(plot.Add(label, 1, 2));
  }
  const std::string svg = Draw(plot);
  ExpectCleanPage(svg);
  const auto elements = Elements(svg);
  EXPECT_TRUE(HasText(elements, "<b>&\"'"));
  EXPECT_TRUE(HasText(elements, "\uFFFD\uFFFD"));
  EXPECT_TRUE(HasText(elements, "a\uFFFDb"));
  EXPECT_TRUE(HasText(elements, "(no label)"));
}

TEST(ProjectionSvg, PointsLieWhereTheScoresSay) {
  ProjectionSvg plot({});
  ASSERT_TRUE(plot.Add("a", 0, 0));
  ASSERT_TRUE(plot.Add("b", 10, 20));
  std::vector<std::pair<double, double>> at;
  std::vector<double> ticks_x, ticks_y;
  double zero_x = 0, ten_x = 0, zero_y = 0, twenty_y = 0;
  for (const auto& element : Elements(Draw(plot))) {
    if (element.name == "path" && element.attributes.at("d").size() > 4 && element.path.size() == 2) {
      const std::string& d = element.attributes.at("d");
      at.emplace_back(std::stod(d.substr(1)), std::stod(d.substr(d.find(' ') + 1)));
    }
    if (element.name != "text" || element.path.size() != 1) continue;
    const double x = test::Number(element, "x"), y = test::Number(element, "y") - 4;
    if (element.text == "0" && x > 84) zero_x = x;
    if (element.text == "10" && x > 84) ten_x = x;
    if (element.text == "0" && x < 84) zero_y = y;
    if (element.text == "20" && x < 84) twenty_y = y;
  }
  ASSERT_GE(at.size(), 2U);
  // The first is a disc that begins at its left rim, the second a square that begins at its corner.
  EXPECT_NEAR(at[0].first + 4.8, zero_x, 0.2);
  EXPECT_NEAR(at[0].second, zero_y, 0.2);
  EXPECT_NEAR(at[1].first + 0.89 * 4.8, ten_x, 0.2);
  EXPECT_NEAR(at[1].second + 0.89 * 4.8, twenty_y, 0.2);
  EXPECT_GT(ten_x, zero_x);
  EXPECT_LT(twenty_y, zero_y);
}

TEST(ProjectionSvg, NothingOnePointAndNoSpread) {
  ExpectCleanPage(Draw(ProjectionSvg({})));
  ProjectionSvg one({});
  ASSERT_TRUE(one.Add("Apple", 3, -4));
  ExpectCleanPage(Draw(one));
  EXPECT_TRUE(HasText(Elements(Draw(one)), "1 photo, 1 label"));
  ProjectionSvg same({.shares = {0, 0}});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(same.Add("", 0, 0));
  const std::string svg = Draw(same);
  ExpectCleanPage(svg);
  EXPECT_TRUE(HasText(Elements(svg), "5 photos"));  // without labels, no legend
}

TEST(ProjectionSvg, OneComponent) {
  ProjectionSvg plot({.shares = {1, -1}, .components = 1});
  ASSERT_TRUE(plot.Add("a", 1, 0));
  ASSERT_TRUE(plot.Add("b", 2, 0));
  const std::string svg = Draw(plot);
  ExpectCleanPage(svg);
  EXPECT_TRUE(HasText(Elements(svg), "(only one component was kept)"));
}

TEST(ProjectionSvg, RefusesWhatHasNoPlace) {
  ProjectionSvg plot({});
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(plot.Add("a", nan, 0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(plot.Add("a", 0, inf).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(plot.Add("a", 1e39, 0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(plot.points_seen(), 0U);
  ASSERT_TRUE(plot.Add("a", 3e38, -3e38));
  ASSERT_TRUE(plot.Add("a", -3e38, 3e38));
  ExpectCleanPage(Draw(plot));
  const SvgSink sink = [](std::string_view) -> Status { return {}; };
  EXPECT_EQ(ProjectionSvg({.shares = {nan, 0}}).Write(sink).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ProjectionSvg({.shares = {1.5, 0}}).Write(sink).error().code(), ErrorCode::kInvalidArgument);
}

TEST(ProjectionSvg, ThinsWhatIsTooMuch) {
  ProjectionSvg plot({.max_points = 1'000});
  for (int i = 0; i < 50'000; ++i) ASSERT_TRUE(plot.Add(i % 2 ? "odd" : "even", i, -i));
  EXPECT_EQ(plot.points_seen(), 50'000U);
  EXPECT_LE(plot.points_kept(), 2'000U);
  EXPECT_GT(plot.points_kept(), 1'000U);
  const auto elements = Elements(Draw(plot));
  EXPECT_TRUE(HasText(elements, "50,000 photos, 2 labels; one in 32 is drawn"));
  EXPECT_EQ(Markers(elements), plot.points_kept());
}

TEST(ProjectionSvg, ManyPointsInSmallPieces) {
  const ProjectionSvg plot = Clusters(131, 764);
  std::size_t largest = 0, bytes = 0;
  ASSERT_TRUE(plot.Write([&](std::string_view piece) -> Status {
    largest = std::max(largest, piece.size());
    bytes += piece.size();
    return {};
  }));
  EXPECT_LE(largest, 70'000U);
  EXPECT_LT(bytes, 6'000'000U);
  EXPECT_EQ(Markers(Elements(Draw(plot))), 131U * 764U);
}

TEST(ProjectionSvg, SameBytesTwice) {
  EXPECT_EQ(Draw(Clusters(12, 50)), Draw(Clusters(12, 50)));
  const ProjectionSvg plot = Clusters(12, 50);
  EXPECT_EQ(Draw(plot), Draw(plot));
}

TEST(ProjectionSvg, SinksErrorComesBack) {
  const Status done =
      Clusters(3, 3).Write([](std::string_view) -> Status { return Fail(ErrorCode::kIo, "gone"); });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message(), "gone");
}

}  // namespace
}  // namespace fruits
