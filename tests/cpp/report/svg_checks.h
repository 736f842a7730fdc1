// What every picture must hold: well formed, every text inside the page, no two texts on one another.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "report/svg_writer.h"
#include "report/xml_reader.h"

namespace fruits::test {

struct Box {
  double left, top, right, bottom;
  std::string what;
  bool Overlaps(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

inline std::vector<XmlElement> Elements(const std::string& svg) {
  std::string why;
  auto elements = XmlReader::Parse(svg, &why);
  EXPECT_TRUE(elements.has_value()) << why;
  return elements ? *elements : std::vector<XmlElement>{};
}

inline double Number(const XmlElement& element, const std::string& name) {
  const auto found = element.attributes.find(name);
  EXPECT_NE(found, element.attributes.end()) << "<" << element.name << "> has no " << name;
  return found == element.attributes.end() ? 0 : std::strtod(found->second.c_str(), nullptr);
}

// Where a text lies, by the widths that the layout itself must reckon with (an upper bound over the usual
// fonts).
inline Box TextBox(const XmlElement& text) {
  const double size = Number(text, "font-size");
  const double x = Number(text, "x"), y = Number(text, "y");
  const bool bold = text.attributes.contains("font-weight");
  const double width = report::WidthInEms(text.text) * size * (bold ? 1.08 : 1.0);
  const auto anchor = text.attributes.contains("text-anchor") ? text.attributes.at("text-anchor") : "start";
  const double before = anchor == "middle" ? width / 2 : anchor == "end" ? width : 0;
  if (text.attributes.contains("transform")) {  // a quarter turn to the left about (x, y)
    return {x - 0.8 * size, y - (width - before), x + 0.22 * size, y + before, text.text};
  }
  return {x - before, y - 0.8 * size, x - before + width, y + 0.22 * size, text.text};
}

inline std::vector<Box> TextBoxes(const std::vector<XmlElement>& elements) {
  std::vector<Box> boxes;
  for (const XmlElement& element : elements) {
    if (element.name == "text") boxes.push_back(TextBox(element));
  }
  return boxes;
}

inline void ExpectCleanPage(const std::string& svg) {
  const std::vector<XmlElement> elements = Elements(svg);
  ASSERT_FALSE(elements.empty());
  const double width = Number(elements[0], "width"), height = Number(elements[0], "height");
  const std::vector<Box> boxes = TextBoxes(elements);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    EXPECT_TRUE(boxes[i].left >= 0 && boxes[i].top >= 0 && boxes[i].right <= width &&
                boxes[i].bottom <= height)
        << "'" << boxes[i].what << "' leaves the page: " << boxes[i].left << " to " << boxes[i].right
        << " of " << width;
    for (std::size_t k = i + 1; k < boxes.size(); ++k) {
      EXPECT_FALSE(boxes[i].Overlaps(boxes[k]))
          << "'" << boxes[i].what << "' lies on '" << boxes[k].what << "'";
    }
  }
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

inline bool HasText(const std::vector<XmlElement>& elements, const std::string& text) {
  for (const XmlElement& element : elements) {
    if (element.name == "text" && element.text == text) return true;
  }
  return false;
}

}  // namespace fruits::test
