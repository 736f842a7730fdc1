// Round numbers along an axis (steps of 1, 2 or 5 times a power of ten), and where values fall on the page.
// Threads: any; values.
#pragma once

#include <string>
#include <vector>

namespace fruits::report {

class Axis {
 public:
  // Maps [low, high] to [from, to] (to may lie before from: y grows downwards on a page) with about `ticks`
  // marks. low < high, both finite.
  Axis(double low, double high, double from, double to, int ticks);

  double Place(double value) const;
  const std::vector<double>& ticks() const { return ticks_; }
  // As many decimals as the step needs; powers of ten where plain digits would be too long.
  std::string Label(double tick) const;

 private:
  double low_, high_, from_, to_, step_ = 1;
  std::vector<double> ticks_;
};

// The range with a margin of 4 % each side; where it has no width, one is made about its middle.
struct Range {
  double low, high;
};
Range WithMargin(Range range);

// 12.3 %: three digits that matter, "100 %" and "0 %" plain. share is 0 to 1.
std::string Percent(double share);

}  // namespace fruits::report
