#include "fruits/report/scree_svg.h"

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

const std::vector<double> kSeven{65.7, 8.12, 5.1, 3.3, 2.2, 1.4, 0.9};

std::string Picture(const std::vector<double>& eigenvalues, double total) {
  const Result<std::string> svg = ScreeSvg({.eigenvalues = eigenvalues, .total_variance = total});
  EXPECT_TRUE(svg.has_value()) << svg.error().message();
  return svg.value_or("");
}

TEST(ScreeSvg, StatesBothShares) {
  const std::string svg = Picture(kSeven, 100);
  ExpectCleanPage(svg);
  const auto elements = Elements(svg);
  EXPECT_TRUE(HasText(elements, "7 components keep 86.7 % of the total variance"));
  EXPECT_TRUE(HasText(elements, "PC1: 65.7 % of the total variance, 75.8 % of what the K = 7 kept hold"));
  EXPECT_TRUE(HasText(elements, "Share of the total variance (%)"));
  EXPECT_TRUE(HasText(elements, "Share of the K = 7 kept (%)"));
  EXPECT_TRUE(HasText(elements, "8.12 %"));  // PC2 of the total
  EXPECT_TRUE(HasText(elements, "9.36 %"));  // PC2 of the kept
  EXPECT_TRUE(HasText(elements, "PC7"));
}

// The line ends where the right scale says 100 %, and the bars stand in the ratio of the eigenvalues.
TEST(ScreeSvg, DrawsTheShares) {
  const std::string svg = Picture({6, 3}, 10);
  double bottom = 0, full = 0;
  std::string line, bars;
  for (const auto& element : Elements(svg)) {
    if (element.name == "text" && element.text == "0 %" && test::Number(element, "x") > 800)
      bottom = test::Number(element, "y") - 4;
    if (element.name == "text" && element.text == "100 %" && test::Number(element, "x") > 800)
      full = test::Number(element, "y") - 4;
    if (element.name == "polyline") line = element.attributes.at("points");
    if (element.attributes.contains("id") && element.attributes.at("id") == "bars")
      bars = element.attributes.at("d");
  }
  ASSERT_GT(bottom, full);
  EXPECT_NEAR(std::stod(line.substr(line.rfind(' ') + 1)), full, 0.11);
  const std::size_t first = bars.find('V'), second = bars.find('V', bars.find('M', first));
  const double tall = bottom - std::stod(bars.substr(first + 1)),
               low = bottom - std::stod(bars.substr(second + 1));
  EXPECT_NEAR(tall / low, 2.0, 0.01);
  EXPECT_NEAR(tall / (bottom - full), 6.0 / 9.0, 0.01);
}

TEST(ScreeSvg, AnyNumberOfComponents) {
  for (const std::size_t k : {1, 2, 7, 12, 13, 16, 17, 32, 33, 60, 128, 300, 2048}) {
    std::vector<double> eigenvalues;
    double sum = 0;
    for (std::size_t i = 0; i < k; ++i)
      sum += eigenvalues.emplace_back(1.0 / static_cast<double>((i + 1) * (i + 1)));
    const std::string svg = Picture(eigenvalues, sum * 1.5);
    ExpectCleanPage(svg);
    EXPECT_LT(svg.size(), 6'000 + 400 * k);
  }
}

TEST(ScreeSvg, NoVarianceAtAll) {
  const std::string svg = Picture({0, 0, 0}, 0);
  ExpectCleanPage(svg);
  EXPECT_TRUE(HasText(Elements(svg), "3 components keep 0 % of the total variance"));
}

TEST(ScreeSvg, RoundingBelowZeroIsZero) { ExpectCleanPage(Picture({3, -1e-16}, 3 - 1e-16)); }

TEST(ScreeSvg, ExtremeScales) {
  ExpectCleanPage(Picture({1e300, 1e299}, 2e300));
  ExpectCleanPage(Picture({1e-300}, 1e-290));
  ExpectCleanPage(Picture({1, 1e-14}, 1 + 1e-14));
}

TEST(ScreeSvg, RefusesWhatIsNoSpectrum) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const auto refused = [](std::vector<double> eigenvalues, double total, const std::string& word) {
    const auto svg = ScreeSvg({.eigenvalues = std::move(eigenvalues), .total_variance = total});
    ASSERT_FALSE(svg.has_value());
    EXPECT_EQ(svg.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(svg.error().message().find(word), std::string::npos) << svg.error().message();
  };
  refused({}, 1, "at least one");
  refused({1, nan}, 2, "eigenvalue 2");
  refused({inf}, inf, "eigenvalue 1");
  refused({-1}, 2, "-1");
  refused({1}, nan, "total variance");
  refused({3, 2}, 4, "total variance");
}

TEST(ScreeSvg, TitleIsEscapedAndBytesAreTheSame) {
  const ScreeData data{.eigenvalues = kSeven, .total_variance = 100, .title = "<&\"'> \x01\xff"};
  const auto first = ScreeSvg(data), second = ScreeSvg(data);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  EXPECT_TRUE(HasText(Elements(*first), "<&\"'> \uFFFD\uFFFD"));
}

}  // namespace
}  // namespace fruits
