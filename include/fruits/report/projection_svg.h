// The photos on the first two components: one point a photo, one colour and shape a label, with a legend.
//
//   ProjectionSvg plot({.shares = {0.657, 0.081}});
//   for (each row) FRUITS_CHECK(plot.Add(label, scores[0], scores[1]));
//   FRUITS_CHECK(plot.Write([&](std::string_view text) { return file->Append(text); }));
//
// More points than max_points are thinned while they come: each second one is let go, and then only each
// second is taken, and so on; the picture says so. Labels beyond what a legend can hold are counted in its
// last line.
//
// Threads: one caller. Memory: 12 bytes a point kept, so at most 24 * max_points (4.8 MB), 100 bytes a label
// and its text; Write() takes 4 bytes a point kept and 64 KB more. Same points in the same order, same bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/report/svg_sink.h"

namespace fruits {

struct ProjectionSvgOptions {
  std::string title = "Photos on the first two principal components";
  std::array<double, 2> shares = {-1, -1};          // of the total variance, 0 to 1; below 0: not said
  std::array<double, 2> shares_of_kept = {-1, -1};  // of the K components kept
  std::size_t components = 2;                       // with 1, y means nothing: give 0, and the axis says so
  std::size_t max_points = 200'000;
};

class ProjectionSvg {
 public:
  explicit ProjectionSvg(ProjectionSvgOptions options) : options_(std::move(options)) {}

  // kInvalidArgument: a score that is not finite or beyond a float's range; nothing changes.
  Status Add(std::string_view label, double x, double y);
  std::size_t points_seen() const { return seen_; }
  std::size_t points_kept() const { return points_.size(); }

  // An SVG 1.1 document. kInvalidArgument: shares that are not finite. Else only what the sink returns.
  Status Write(const SvgSink& sink) const;

 private:
  struct Point {
    float x = 0, y = 0;
    std::uint32_t label = 0;
  };
  // Grows by fixed pieces: nothing is copied and no room is left over.
  class Points {
   public:
    void Append(const Point& point);
    void KeepEachSecond();
    std::size_t size() const { return size_; }
    const Point& operator[](std::size_t i) const { return pieces_[i / kPiece][i % kPiece]; }

   private:
    static constexpr std::size_t kPiece = 8192;
    std::vector<std::vector<Point>> pieces_;
    std::size_t size_ = 0;
  };
  struct Drawing;

  ProjectionSvgOptions options_;
  std::map<std::string, std::uint32_t, std::less<>> labels_;
  Points points_;
  std::size_t seen_ = 0;
  std::size_t stride_ = 1;
};

}  // namespace fruits
