// A colour and a shape for each label, so that no two labels share both.
// Threads: any; no state.
#pragma once

#include <cstddef>
#include <string>

namespace fruits::report {

enum class Shape { kCircle, kSquare, kTriangleUp, kDiamond, kTriangleDown, kPlus };
inline constexpr std::size_t kShapes = 6;

struct Look {
  std::string color;  // "#rrggbb"
  Shape shape = Shape::kCircle;
};

// Of label `i` of `count`. Up to 10 labels have colours that people of any colour vision tell apart (after
// Okabe and Ito); up to 144, 24 colours of largest smallest distance in OKLab; beyond, as many hues as
// needed.
Look LookOf(std::size_t i, std::size_t count);

// A shape as path data: "M" (x + dx) " " (y + dy) outline draws it about (x, y).
struct Marker {
  double dx = 0, dy = 0;  // where the outline begins, from the middle
  std::string outline;    // relative commands
};
Marker MarkerOf(Shape shape, double radius);

}  // namespace fruits::report
