#include "report/palette.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

#include "report/svg_writer.h"

namespace fruits::report {
namespace {

constexpr std::array<std::string_view, 10> kFew{"#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7",
                                                "#56b4e9", "#4d4d4d", "#b2a000", "#882255", "#8c6d46"};
constexpr std::array<std::string_view, 24> kMany{
    "#0072b2", "#e02020", "#2fbf2f", "#d62fe0", "#78005a", "#877800", "#e1a5d2", "#5a00ff",
    "#4bd2c3", "#ffa54b", "#f00096", "#9669e1", "#962d00", "#005a3c", "#4b1e96", "#78b4ff",
    "#b4c31e", "#00a54b", "#966987", "#9600b4", "#ff78f0", "#0069ff", "#f07878", "#001ec3"};

// Hues round the circle, three depths in turn; channel by the usual HSL formula.
std::string HueColor(std::size_t i, std::size_t count) {
  constexpr std::array<double, 3> kLightness{0.40, 0.55, 0.28};
  const double hue = 12.0 * static_cast<double>(i) / static_cast<double>(count);
  const double lightness = kLightness[i % 3];
  const double swing = 0.75 * std::min(lightness, 1 - lightness);
  const auto channel = [&](double n) {
    const double k = std::fmod(n + hue, 12.0);
    const double v = lightness - swing * std::max(-1.0, std::min({k - 3, 9 - k, 1.0}));
    return static_cast<int>(v * 255 + 0.5);
  };
  return fmt::format("#{:02x}{:02x}{:02x}", channel(0), channel(8), channel(4));
}

}  // namespace

Look LookOf(std::size_t i, std::size_t count) {
  // Label i takes colour i mod C and shape (i + i / C) mod 6. A colour's labels then step by C + 1 through
  // the shapes, and meet each once, because C + 1 and 6 have no common factor: C mod 6 is 0 or 4.
  std::size_t colors = kMany.size();
  if (count <= kFew.size()) colors = kFew.size();
  if (count > kMany.size() * kShapes) {
    colors = (count + kShapes - 1) / kShapes;
    while (colors % 6 != 0 && colors % 6 != 4) ++colors;
  }
  Look look;
  look.shape = static_cast<Shape>((i + i / colors) % kShapes);
  if (colors == kFew.size()) {
    look.color = kFew[i % colors];
  } else if (colors == kMany.size()) {
    look.color = kMany[i % colors];
  } else {
    look.color = HueColor(i % colors, colors);
  }
  return look;
}

Marker MarkerOf(Shape shape, double radius) {
  // Sizes that look alike: about the circle's area each.
  const auto number = [](double v) { return fmt::format("{:.2f}", v); };
  const double r = radius;
  switch (shape) {
    case Shape::kCircle:
      return {-r, 0, fmt::format("a{0} {0} 0 1 0 {1} 0a{0} {0} 0 1 0 -{1} 0", number(r), number(2 * r))};
    case Shape::kSquare:
      return {-0.89 * r, -0.89 * r, fmt::format("h{0}v{0}h-{0}z", number(1.78 * r))};
    case Shape::kTriangleUp:
      return {0, -1.40 * r,
              fmt::format("l{0} {1}h-{2}z", number(1.21 * r), number(2.20 * r), number(2.42 * r))};
    case Shape::kTriangleDown:
      return {0, 1.40 * r,
              fmt::format("l{0} -{1}h-{2}z", number(1.21 * r), number(2.20 * r), number(2.42 * r))};
    case Shape::kDiamond:
      return {0, -1.30 * r, fmt::format("l{0} {1}l-{0} {1}l-{0} -{1}z", number(1.10 * r), number(1.30 * r))};
    case Shape::kPlus:
      break;
  }
  const std::string a = number(0.74 * r), b = number(0.78 * r);
  return {-0.37 * r, -1.15 * r, fmt::format("h{0}v{1}h{1}v{0}h-{1}v{1}h-{0}v-{1}h-{1}v-{0}h{1}z", a, b)};
}

}  // namespace fruits::report
