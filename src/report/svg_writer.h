// Writes an SVG document element by element into a sink, 64 KB at a time.
//
//   SvgWriter svg(sink, 800, 500);
//   svg.Text(400, 30, "Title", {.size = 18, .anchor = "middle"});
//   return svg.Finish();
//
// After a sink's error nothing more is sent; Finish() returns it. Threads: one caller. Memory: 64 KB.
#pragma once

#include <string>
#include <string_view>

#include "fruits/report/svg_sink.h"

namespace fruits::report {

// Text that is safe between tags and in quotes: & < > " ' escaped, and what XML cannot hold (control
// characters, bytes that are not valid UTF-8, noncharacters) replaced by U+FFFD.
std::string EscapeXml(std::string_view text);

// A coordinate with one decimal, without "-0" and a trailing ".0".
std::string Coordinate(double v);

// An upper bound of the text's width in ems, for the wide fonts a viewer may choose.
double WidthInEms(std::string_view text);

// The text, or as much of its beginning as fits `ems` with an ellipsis behind. Never cuts a character.
std::string FitToWidth(std::string_view text, double ems);

struct TextStyle {
  double size = 12;
  std::string_view anchor = "start";  // start, middle, end
  std::string_view fill = "#333333";
  bool bold = false;
  double rotate = 0;  // degrees about (x, y)
};

class SvgWriter {
 public:
  SvgWriter(const SvgSink& sink, double width, double height, std::string_view title);

  void Text(double x, double y, std::string_view text, const TextStyle& style);  // y: the baseline
  void Line(double x1, double y1, double x2, double y2, std::string_view stroke, double width);
  void Rect(double x, double y, double width, double height, std::string_view fill);
  // Markup as it is.
  void Raw(std::string_view markup);
  Status Finish();

 private:
  void FlushIfFull();

  const SvgSink& sink_;
  std::string buffer_;
  Status status_;
};

}  // namespace fruits::report
