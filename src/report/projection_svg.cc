#include "fruits/report/projection_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fruits/core/try.h"
#include "report/axis.h"
#include "report/legend.h"
#include "report/palette.h"
#include "report/svg_writer.h"

namespace fruits {
namespace {

using report::Axis;
using report::Coordinate;
using report::SvgWriter;

constexpr double kLeft = 84, kTop = 70, kSide = 680;
constexpr double kRight = kLeft + kSide, kBottom = kTop + kSide, kHeight = kBottom + 70;
constexpr std::string_view kInk = "#333333", kFaint = "#ececec";

// "12345" as "12,345".
std::string Count(std::size_t n) {
  std::string digits = fmt::format("{}", n);
  for (std::size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, ",");
  }
  return digits;
}

std::string AxisTitle(const ProjectionSvgOptions& options, std::size_t axis) {
  if (axis >= options.components) return "(only one component was kept)";
  std::string title = fmt::format("PC{}", axis + 1);
  if (options.shares[axis] < 0) return title;
  title += fmt::format(" ({} of variance", report::Percent(options.shares[axis]));
  if (options.shares_of_kept[axis] >= 0) {
    title += fmt::format(", {} of the K = {} kept", report::Percent(options.shares_of_kept[axis]),
                         options.components);
  }
  return title + ")";
}

struct Weight {
  double radius, opacity;
  bool outlined;  // a white rim, where there are few enough to see it
};

Weight WeightFor(std::size_t points) {
  if (points <= 300) return {4.8, 0.90, true};
  if (points <= 3'000) return {3.6, 0.85, true};
  if (points <= 20'000) return {2.3, 0.70, false};
  if (points <= 60'000) return {1.7, 0.60, false};
  return {1.3, 0.50, false};
}

Status CheckShares(const ProjectionSvgOptions& options) {
  for (const auto& pair : {options.shares, options.shares_of_kept}) {
    for (const double share : pair) {
      if (!std::isfinite(share) || share > 1 + 1e-9) {
        return Fail(
            ErrorCode::kInvalidArgument,
            fmt::format("a share of variance in the projection plot is {}: expected at most 1", share));
      }
    }
  }
  return {};
}

void DrawAxes(SvgWriter& svg, const Axis& x, const Axis& y, const ProjectionSvgOptions& options) {
  for (const double tick : x.ticks()) {
    const double at = x.Place(tick);
    svg.Line(at, kTop, at, kBottom, tick == 0 ? "#c4c4c4" : kFaint, 1);
    svg.Text(at, kBottom + 20, x.Label(tick), {.size = 12, .anchor = "middle"});
  }
  if (options.components > 1) {
    for (const double tick : y.ticks()) {
      const double at = y.Place(tick);
      svg.Line(kLeft, at, kRight, at, tick == 0 ? "#c4c4c4" : kFaint, 1);
      svg.Text(kLeft - 8, at + 4, y.Label(tick), {.size = 12, .anchor = "end"});
    }
  }
  svg.Raw(fmt::format(
      "<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" fill=\"none\" stroke=\"#999999\"/>\n",
      Coordinate(kLeft), Coordinate(kTop), Coordinate(kSide)));
  svg.Text((kLeft + kRight) / 2, kBottom + 48, AxisTitle(options, 0),
           {.size = 14, .anchor = "middle", .fill = kInk});
  svg.Text(22, (kTop + kBottom) / 2, AxisTitle(options, 1),
           {.size = 14, .anchor = "middle", .fill = kInk, .rotate = -90});
}

}  // namespace

void ProjectionSvg::Points::Append(const Point& point) {
  if (size_ == pieces_.size() * kPiece) pieces_.emplace_back().reserve(kPiece);
  pieces_[size_ / kPiece].push_back(point);
  ++size_;
}

void ProjectionSvg::Points::KeepEachSecond() {
  const std::size_t kept = (size_ + 1) / 2;
  for (std::size_t i = 1; i < kept; ++i) pieces_[i / kPiece][i % kPiece] = (*this)[2 * i];
  pieces_.resize((kept + kPiece - 1) / kPiece);
  if (kept % kPiece != 0) pieces_.back().resize(kept % kPiece);
  size_ = kept;
}

Status ProjectionSvg::Add(std::string_view label, double x, double y) {
  const Point point{static_cast<float>(x), static_cast<float>(y), 0};
  if (!std::isfinite(point.x) || !std::isfinite(point.y)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("photo {} of the projection plot is at ({}, {}): expected finite numbers",
                            seen_ + 1, x, y));
  }
  auto known = labels_.find(label);
  if (known == labels_.end()) {
    known = labels_.emplace(std::string(label), static_cast<std::uint32_t>(labels_.size())).first;
  }
  if (seen_++ % stride_ != 0) return {};
  points_.Append({point.x, point.y, known->second});
  if (points_.size() > std::max<std::size_t>(2 * options_.max_points, 2)) {
    points_.KeepEachSecond();
    stride_ *= 2;
  }
  return {};
}

// The points ordered by label, and where each label's begin.
struct ProjectionSvg::Drawing {
  explicit Drawing(const ProjectionSvg& plot) : points(plot.points_) {
    std::vector<std::uint32_t> rank(plot.labels_.size());
    for (const auto& [name, id] : plot.labels_) {
      rank[id] = static_cast<std::uint32_t>(names.size());
      names.push_back(name);
    }
    starts.assign(names.size() + 1, 0);
    for (std::size_t i = 0; i < points.size(); ++i) ++starts[rank[points[i].label] + 1];
    for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
    order.resize(points.size());
    std::vector<std::size_t> next(starts.begin(), starts.end() - 1);
    for (std::size_t i = 0; i < points.size(); ++i)
      order[next[rank[points[i].label]]++] = static_cast<std::uint32_t>(i);
  }

  report::Range RangeOf(float Point::* score) const {
    if (points.size() == 0) return report::WithMargin({0, 0});
    float low = points[0].*score, high = low;
    for (std::size_t i = 1; i < points.size(); ++i) {
      low = std::min(low, points[i].*score);
      high = std::max(high, points[i].*score);
    }
    return report::WithMargin({low, high});
  }

  // In rounds, a part of each label at a time, so that no label lies wholly on top of another.
  void DrawPoints(SvgWriter& svg, const Axis& x, const Axis& y) const {
    const Weight weight = WeightFor(points.size());
    const std::size_t rounds = std::clamp<std::size_t>(points.size() / 2'000, 3, 16);
    svg.Raw(fmt::format("<g id=\"points\" fill-opacity=\"{0}\" stroke-opacity=\"{0}\"{1}>\n", weight.opacity,
                        weight.outlined ? " stroke=\"#ffffff\" stroke-width=\"0.6\"" : ""));
    for (std::size_t round = 0; round < rounds; ++round) {
      for (std::size_t label = 0; label < names.size(); ++label) {
        if (starts[label] + round >= starts[label + 1]) continue;
        const report::Look look = report::LookOf(label, names.size());
        // Without a rim a disc is cheapest as a dot of a round pen.
        const bool dot = look.shape == report::Shape::kCircle && !weight.outlined;
        report::Marker marker{0, 0, "h0"};
        if (dot) {
          svg.Raw(fmt::format("<path stroke=\"{}\" stroke-width=\"{}\" stroke-linecap=\"round\" d=\"",
                              look.color, Coordinate(2 * weight.radius)));
        } else {
          marker = report::MarkerOf(look.shape, weight.radius);
          svg.Raw(fmt::format("<path fill=\"{}\" d=\"", look.color));
        }
        for (std::size_t i = starts[label] + round; i < starts[label + 1]; i += rounds) {
          const Point& point = points[order[i]];
          svg.Raw(fmt::format("M{} {}{}", Coordinate(x.Place(point.x) + marker.dx),
                              Coordinate(y.Place(point.y) + marker.dy), marker.outline));
        }
        svg.Raw("\"/>\n");
      }
    }
    svg.Raw("</g>\n");
  }

  const Points& points;
  std::vector<std::string_view> names;  // sorted
  std::vector<std::size_t> starts;
  std::vector<std::uint32_t> order;
};

Status ProjectionSvg::Write(const SvgSink& sink) const {
  FRUITS_CHECK(CheckShares(options_));
  const Drawing drawing(*this);
  const bool unlabelled = drawing.names.empty() || (drawing.names.size() == 1 && drawing.names[0].empty());
  const report::Legend legend(unlabelled ? std::vector<std::string_view>{} : drawing.names, kSide);

  const report::Range across = drawing.RangeOf(&Point::x), up = drawing.RangeOf(&Point::y);
  const Axis x(across.low, across.high, kLeft, kRight, 8), y(up.low, up.high, kBottom, kTop, 8);
  SvgWriter svg(sink, kRight + 26 + legend.width(), kHeight, options_.title);
  const double middle = (kLeft + kRight) / 2;
  svg.Text(middle, 30, report::FitToWidth(options_.title, 40),
           {.size = 18, .anchor = "middle", .bold = true});
  std::string facts = fmt::format("{} photo{}", Count(seen_), seen_ == 1 ? "" : "s");
  if (!unlabelled)
    facts += fmt::format(", {} label{}", Count(drawing.names.size()), drawing.names.size() == 1 ? "" : "s");
  if (stride_ > 1) facts += fmt::format("; one in {} is drawn", Count(stride_));
  svg.Text(middle, 53, facts, {.size = 13, .anchor = "middle"});
  DrawAxes(svg, x, y, options_);
  drawing.DrawPoints(svg, x, y);
  legend.Draw(svg, kRight + 20, kTop);
  return svg.Finish();
}

}  // namespace fruits
