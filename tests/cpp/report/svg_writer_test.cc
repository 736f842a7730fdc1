#include "report/svg_writer.h"

#include <gtest/gtest.h>

#include "report/xml_reader.h"

namespace fruits::report {
namespace {

TEST(EscapeXml, Markup) {
  EXPECT_EQ(EscapeXml("a & b < c > d \" e ' f"), "a &amp; b &lt; c &gt; d &quot; e &#39; f");
}

TEST(EscapeXml, WhatXmlCannotHoldIsReplaced) {
  EXPECT_EQ(EscapeXml(std::string_view("a\0b\x1f\x7f\n", 6)), "a\uFFFDb\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(EscapeXml("\xff"
                      "a"),
            "\uFFFDa");
  EXPECT_EQ(EscapeXml("\xC0\xAF"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(EscapeXml("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // half a surrogate pair
  EXPECT_EQ(EscapeXml("\xEF\xBF\xBE"), "\uFFFD");              // U+FFFE
  EXPECT_EQ(EscapeXml("\xE2\x80\xAE"), "\uFFFD");              // right-to-left override
  EXPECT_EQ(EscapeXml("abc\xE2\x82"), "abc\uFFFD\uFFFD");      // cut
  EXPECT_EQ(EscapeXml("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(EscapeXml, OtherScriptsStay) { EXPECT_EQ(EscapeXml("Äpfel 苹果 🍎"), "Äpfel 苹果 🍎"); }

TEST(EscapeXml, AnyBytesGiveWellFormedXml) {
  std::uint32_t state = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 24; ++i) {
      state = state * 1664525U + 1013904223U;
      bytes += static_cast<char>(state >> 24);
    }
    std::string why;
    const std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a b=\"" + EscapeXml(bytes) + "\"/>";
    ASSERT_TRUE(test::XmlReader::Parse(text, &why)) << why;
  }
}

TEST(Coordinate, OneDecimal) {
  EXPECT_EQ(Coordinate(1.25), "1.2");
  EXPECT_EQ(Coordinate(3), "3");
  EXPECT_EQ(Coordinate(-0.01), "0");
  EXPECT_EQ(Coordinate(-7.96), "-8");
  EXPECT_EQ(Coordinate(100.04), "100");
}

TEST(FitToWidth, CutsBetweenCharacters) {
  EXPECT_EQ(FitToWidth("Apple", 20), "Apple");
  const std::string cut = FitToWidth("苹果苹果苹果", 4);
  EXPECT_EQ(cut, "苹果苹…");
  EXPECT_LE(WidthInEms(cut), 4.0);
  EXPECT_EQ(FitToWidth("anything", 0.5), "…");
}

TEST(SvgWriter, StopsAtTheSinksError) {
  int calls = 0;
  const SvgSink sink = [&](std::string_view) -> Status {
    ++calls;
    return Fail(ErrorCode::kResourceExhausted, "disk full");
  };
  SvgWriter svg(sink, 10, 10, "t");
  const std::string chunk(40'000, ' ');
  for (int i = 0; i < 10; ++i) svg.Raw(chunk);
  const Status done = svg.Finish();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message(), "disk full");
  EXPECT_EQ(calls, 1);
}

TEST(SvgWriter, SendsPieces) {
  std::size_t largest = 0, total = 0;
  const SvgSink sink = [&](std::string_view piece) -> Status {
    largest = std::max(largest, piece.size());
    total += piece.size();
    return {};
  };
  SvgWriter svg(sink, 10, 10, "t");
  for (int i = 0; i < 100'000; ++i) svg.Raw("M10.1 20.2h0");
  ASSERT_TRUE(svg.Finish());
  EXPECT_GT(total, 1'200'000U);
  EXPECT_LE(largest, 70'000U);
}

}  // namespace
}  // namespace fruits::report
