#include "report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fruits::report {

Axis::Axis(double low, double high, double from, double to, int ticks)
    : low_(low), high_(high), from_(from), to_(to) {
  // Halves keep the width finite for any finite ends.
  const double rough = std::max((high / 2 - low / 2) / ticks * 2, 1e-300);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double digit = rough / power;
  step_ = power * (digit <= 1.5 ? 1 : digit <= 3.5 ? 2 : digit <= 7.5 ? 5 : 10);
  const double first = std::ceil(low / step_ - 1e-9), last = std::floor(high / step_ + 1e-9);
  for (double i = first; i <= last && ticks_.size() < 100; ++i) {
    ticks_.push_back(i == 0 ? 0.0 : i * step_);
    if (i + 1 == i) break;  // a step too small for these values
  }
}

double Axis::Place(double value) const {
  const double share = (value / 2 - low_ / 2) / (high_ / 2 - low_ / 2);
  return from_ + share * (to_ - from_);
}

std::string Axis::Label(double tick) const {
  const double largest = std::max(std::abs(low_), std::abs(high_));
  if (largest >= 1e6 || step_ < 1e-5) return fmt::format("{:.4g}", tick);
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step_) - 1e-9)));
  return fmt::format("{:.{}f}", tick, decimals);
}

Range WithMargin(Range range) {
  double half = range.high / 2 - range.low / 2;
  const double middle = range.high / 2 + range.low / 2;
  const double scale = std::max(std::abs(range.low), std::abs(range.high));
  if (half <= scale * 1e-9) half = scale > 0 ? scale / 2 : 1;
  half *= 1.08;
  return {middle - half, middle + half};
}

std::string Percent(double share) {
  const double percent = share * 100;
  if (percent == 0) return "0 %";
  if (percent >= 99.995) return "100 %";
  if (percent >= 99.95) return fmt::format("{:.2f} %", percent);
  if (percent >= 10) return fmt::format("{:.1f} %", percent);
  if (percent >= 0.0995) return fmt::format("{:.2f} %", percent);
  return fmt::format("{:.2g} %", percent);
}

}  // namespace fruits::report
