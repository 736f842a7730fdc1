// The list of labels with their colours and shapes, in columns. Threads: any; a value.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "report/svg_writer.h"

namespace fruits::report {

class Legend {
 public:
  // names borrow; height: of the space it may fill. What does not fit (about 300 labels do) is counted in the
  // last line.
  Legend(std::vector<std::string_view> names, double height);

  double width() const { return width_; }
  void Draw(SvgWriter& svg, double left, double top) const;

 private:
  struct Type {
    double size = 13, row = 20, marker = 5;
  };

  std::vector<std::string_view> names_;
  Type type_;
  std::size_t shown_ = 0;  // names with a line of their own
  std::size_t rows_ = 0;
  std::vector<double> column_widths_;
  double width_ = 0;
};

}  // namespace fruits::report
