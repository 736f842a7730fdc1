#include "report/svg_writer.h"

#include <fmt/format.h>

#include <cstdint>

#include "fruits/core/try.h"

namespace fruits::report {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

struct Character {
  std::uint32_t code = 0xFFFD;
  std::size_t bytes = 1;
  bool valid = false;
};

// The character that starts at text[i], by the table of well-formed byte sequences of the Unicode standard.
Character Decode(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<std::uint8_t>(text[i + k]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  std::size_t length = 0;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (length == 0 || i + length > text.size()) return {};
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(k) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(k) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, length, true};
}

bool AllowedInXml(std::uint32_t code) {
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) return false;
  // Controls of the writing direction would turn the rest of the line around.
  if ((code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069)) return false;
  return (code & 0xFFFE) != 0xFFFE;
}

// Advance widths as in the widest of the usual sans-serif fonts, rounded up.
double EmsOf(std::uint32_t code) {
  if (code >= 0x1100) return 1.0;
  if (code >= 0x80) return 0.8;
  const auto c = static_cast<char>(code);
  constexpr std::string_view kNarrow = "iIjl.,:;'|!() []{}/\\-ftr\"`";
  constexpr std::string_view kWide = "mwMW@%";
  if (kNarrow.find(c) != std::string_view::npos) return 0.46;
  if (kWide.find(c) != std::string_view::npos) return 1.0;
  if (c >= 'A' && c <= 'Z') return 0.79;
  return code >= '<' && code <= '>' ? 0.84 : 0.65;
}

}  // namespace

std::string EscapeXml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t i = 0; i < text.size();) {
    const Character c = Decode(text, i);
    if (!c.valid || !AllowedInXml(c.code)) {
      out += kReplacement;
    } else if (c.code == '&') {
      out += "&amp;";
    } else if (c.code == '<') {
      out += "&lt;";
    } else if (c.code == '>') {
      out += "&gt;";
    } else if (c.code == '"') {
      out += "&quot;";
    } else if (c.code == '\'') {
      out += "&#39;";
    } else {
      out += text.substr(i, c.bytes);
    }
    i += c.bytes;
  }
  return out;
}

std::string Coordinate(double v) {
  std::string text = fmt::format("{:.1f}", v);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

double WidthInEms(std::string_view text) {
  double ems = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = Decode(text, i);
    ems += c.valid && AllowedInXml(c.code) ? EmsOf(c.code) : 1.05;
    i += c.bytes;
  }
  return ems;
}

std::string FitToWidth(std::string_view text, double ems) {
  if (WidthInEms(text) <= ems) return std::string(text);
  double width = 1.0;  // of the ellipsis
  std::size_t end = 0;
  while (end < text.size()) {
    const Character c = Decode(text, end);
    width += WidthInEms(text.substr(end, c.bytes));
    if (width > ems) break;
    end += c.bytes;
  }
  return std::string(text.substr(0, end)) + std::string(kEllipsis);
}

SvgWriter::SvgWriter(const SvgSink& sink, double width, double height, std::string_view title) : sink_(sink) {
  buffer_.reserve(kBufferBytes + 1024);
  const std::string w = Coordinate(width), h = Coordinate(height);
  Raw(fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\" role=\"img\">\n"
      "<title>{2}</title>\n",
      w, h, EscapeXml(title)));
  Rect(0, 0, width, height, "#ffffff");
}

void SvgWriter::Text(double x, double y, std::string_view text, const TextStyle& style) {
  std::string markup = fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"", Coordinate(x),
                                   Coordinate(y), Coordinate(style.size), style.fill);
  if (style.anchor != "start") markup += fmt::format(" text-anchor=\"{}\"", style.anchor);
  if (style.bold) markup += " font-weight=\"bold\"";
  if (style.rotate != 0) {
    markup += fmt::format(" transform=\"rotate({} {} {})\"", Coordinate(style.rotate), Coordinate(x),
                          Coordinate(y));
  }
  Raw(markup + ">" + EscapeXml(text) + "</text>\n");
}

void SvgWriter::Line(double x1, double y1, double x2, double y2, std::string_view stroke, double width) {
  Raw(fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
                  Coordinate(x1), Coordinate(y1), Coordinate(x2), Coordinate(y2), stroke, Coordinate(width)));
}

void SvgWriter::Rect(double x, double y, double width, double height, std::string_view fill) {
  Raw(fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n", Coordinate(x),
                  Coordinate(y), Coordinate(width), Coordinate(height), fill));
}

void SvgWriter::Raw(std::string_view markup) {
  if (!status_) return;
  buffer_ += markup;
  FlushIfFull();
}

void SvgWriter::FlushIfFull() {
  if (buffer_.size() < kBufferBytes) return;
  status_ = sink_(buffer_);
  buffer_.clear();
}

Status SvgWriter::Finish() {
  Raw("</svg>\n");
  FRUITS_CHECK(status_);
  if (!buffer_.empty()) status_ = sink_(buffer_);
  buffer_.clear();
  return status_;
}

}  // namespace fruits::report
