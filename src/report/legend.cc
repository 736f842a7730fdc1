#include "report/legend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "report/palette.h"

namespace fruits::report {
namespace {

constexpr std::size_t kMostColumns = 6;
constexpr double kWidestEms = 17;
constexpr double kGap = 14;  // between columns

std::string LineOf(std::string_view name) {
  return name.empty() ? "(no label)" : FitToWidth(name, kWidestEms);
}

}  // namespace

Legend::Legend(std::vector<std::string_view> names, double height) : names_(std::move(names)) {
  // The largest type that needs at most 2 columns; else the smallest.
  constexpr std::array<Type, 3> kTypes{Type{13, 20, 5}, Type{11.5, 15.5, 4.2}, Type{10, 12.8, 3.6}};
  std::size_t rows_in_column = 1;
  for (const Type& type : kTypes) {
    type_ = type;
    rows_in_column = std::max<std::size_t>(1, static_cast<std::size_t>(height / type.row));
    if (names_.size() <= 2 * rows_in_column) break;
  }
  const std::size_t room = rows_in_column * kMostColumns;
  shown_ = names_.size() <= room ? names_.size() : room - 1;
  const std::size_t lines = std::min(names_.size(), room);
  if (lines == 0) return;
  const std::size_t columns = (lines + rows_in_column - 1) / rows_in_column;
  rows_ = (lines + columns - 1) / columns;
  for (std::size_t first = 0; first < lines; first += rows_) {
    double ems = first + rows_ >= lines && shown_ < names_.size() ? 13.0 : 4.0;
    for (std::size_t i = first; i < std::min(first + rows_, shown_); ++i)
      ems = std::max(ems, WidthInEms(LineOf(names_[i])));
    column_widths_.push_back(3 * type_.marker + ems * type_.size + kGap);
    width_ += column_widths_.back();
  }
}

void Legend::Draw(SvgWriter& svg, double left, double top) const {
  svg.Raw("<g id=\"legend\">\n");
  double x = left;
  for (std::size_t column = 0; column < column_widths_.size(); ++column) {
    for (std::size_t row = 0; row < rows_; ++row) {
      const std::size_t i = column * rows_ + row;
      const double middle = top + (static_cast<double>(row) + 0.5) * type_.row;
      const double baseline = middle + 0.36 * type_.size;
      if (i < shown_) {
        const Look look = LookOf(i, names_.size());
        const Marker marker = MarkerOf(look.shape, type_.marker);
        svg.Raw(fmt::format("<path d=\"M{} {}{}\" fill=\"{}\"/>\n", Coordinate(x + type_.marker + marker.dx),
                            Coordinate(middle + marker.dy), marker.outline, look.color));
        svg.Text(x + 3 * type_.marker, baseline, LineOf(names_[i]), {.size = type_.size});
      } else if (i == shown_ && shown_ < names_.size()) {
        svg.Text(x, baseline, fmt::format("and {} more labels", names_.size() - shown_),
                 {.size = type_.size});
      }
    }
    x += column_widths_[column];
  }
  svg.Raw("</g>\n");
}

}  // namespace fruits::report
