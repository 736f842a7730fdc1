#include "fruits/report/scree_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fruits/core/try.h"
#include "report/axis.h"
#include "report/svg_writer.h"

namespace fruits {
namespace {

using report::Axis;
using report::Coordinate;
using report::Percent;
using report::SvgWriter;

constexpr double kWidth = 900, kLeft = 165, kRight = 820, kTop = 112, kBottom = 410;
constexpr double kHeight = 530, kHeightWithoutTable = 476;
constexpr std::string_view kBar = "#0072b2", kLine = "#d55e00", kInk = "#333333", kFaint = "#e8e8e8";
constexpr std::size_t kMostInTable = 12;  // components whose shares also stand as numbers

struct Shares {
  std::vector<double> of_total, of_kept, up_to;  // up_to: of the total, all components so far
  double kept = 0;
};

Status Check(const ScreeData& data) {
  if (data.eigenvalues.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the scree plot has no component: expected at least one eigenvalue");
  }
  const double rounding = 1e-9 * data.total_variance;
  double sum = 0;
  for (std::size_t i = 0; i < data.eigenvalues.size(); ++i) {
    const double v = data.eigenvalues[i];
    if (!std::isfinite(v) || v < -std::abs(rounding)) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("eigenvalue {} of the scree plot is {}: expected a finite number >= 0", i + 1, v));
    }
    sum += v;
  }
  if (!std::isfinite(data.total_variance) || !std::isfinite(sum) || sum > data.total_variance + rounding) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "the total variance of the scree plot is {}: expected a finite number, at least the sum {} of "
            "the eigenvalues",
            data.total_variance, sum));
  }
  return {};
}

Shares SharesOf(const ScreeData& data) {
  Shares shares;
  double sum = 0;
  for (const double v : data.eigenvalues) sum += v;
  const auto ratio = [](double part, double whole) {
    return whole > 0 ? std::clamp(part / whole, 0.0, 1.0) : 0.0;
  };
  double so_far = 0;
  for (const double v : data.eigenvalues) {
    so_far += v;
    shares.of_total.push_back(ratio(v, data.total_variance));
    shares.of_kept.push_back(ratio(v, sum));
    shares.up_to.push_back(ratio(so_far, data.total_variance));
  }
  shares.kept = shares.up_to.back();
  return shares;
}

std::string Components(std::size_t k) { return k == 1 ? "1 component" : fmt::format("{} components", k); }

void DrawHeading(SvgWriter& svg, const ScreeData& data, const Shares& shares) {
  const std::size_t k = shares.of_total.size();
  const double middle = kWidth / 2;
  svg.Text(middle, 32, report::FitToWidth(data.title, 48), {.size = 18, .anchor = "middle", .bold = true});
  svg.Text(middle, 55,
           fmt::format("{} {} {} of the total variance", Components(k), k == 1 ? "keeps" : "keep",
                       Percent(shares.kept)),
           {.size = 13, .anchor = "middle"});
  svg.Text(middle, 74,
           fmt::format("PC1: {} of the total variance, {} of what the K = {} kept hold",
                       Percent(shares.of_total[0]), Percent(shares.of_kept[0]), k),
           {.size = 13, .anchor = "middle"});
  svg.Rect(kLeft + 8, 88, 12, 12, kBar);
  svg.Text(kLeft + 26, 98, "each component", {.size = 12});
  svg.Line(kLeft + 150, 94, kLeft + 174, 94, kLine, 2);
  svg.Text(kLeft + 181, 98, "all components up to it", {.size = 12});
}

// Left: shares of the total. Right: the same heights as shares of the K kept.
void DrawScales(SvgWriter& svg, const Axis& total, const Shares& shares) {
  for (const double tick : total.ticks()) {
    const double y = total.Place(tick);
    svg.Line(kLeft, y, kRight, y, kFaint, 1);
    svg.Text(kLeft - 8, y + 4, total.Label(tick) + " %", {.size = 12, .anchor = "end"});
  }
  svg.Text(kLeft - 70, (kTop + kBottom) / 2, "Share of the total variance (%)",
           {.size = 13, .anchor = "middle", .rotate = -90});
  if (shares.kept <= 0) return;
  for (int percent = 0; percent <= 100; percent += 20) {
    const double y = total.Place(percent * shares.kept);  // percent of the kept, on the scale of the total
    svg.Line(kRight, y, kRight + 5, y, kInk, 1);
    svg.Text(kRight + 8, y + 4, fmt::format("{} %", percent), {.size = 12});
  }
  svg.Text(kRight + 66, (kTop + kBottom) / 2,
           fmt::format("Share of the K = {} kept (%)", shares.of_total.size()),
           {.size = 13, .anchor = "middle", .rotate = -90});
}

void DrawBars(SvgWriter& svg, const Axis& total, const Shares& shares) {
  const std::size_t k = shares.of_total.size();
  const double slot = (kRight - kLeft) / static_cast<double>(k);
  const double bar = k > 200 ? slot : 0.62 * slot;
  svg.Raw(fmt::format("<path id=\"bars\" fill=\"{}\" d=\"", kBar));
  for (std::size_t i = 0; i < k; ++i) {
    const double x = kLeft + (static_cast<double>(i) + 0.5) * slot - bar / 2;
    const double y = total.Place(100 * shares.of_total[i]);
    svg.Raw(fmt::format("M{:.2f} {}V{:.2f}h{:.2f}V{}z", x, Coordinate(kBottom), y, bar, Coordinate(kBottom)));
  }
  svg.Raw(fmt::format(
      "\"/>\n<polyline id=\"cumulative\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" points=\"", kLine));
  const auto place = [&](std::size_t i) {
    return fmt::format("{} {}", Coordinate(kLeft + (static_cast<double>(i) + 0.5) * slot),
                       Coordinate(total.Place(100 * shares.up_to[i])));
  };
  for (std::size_t i = 0; i < k; ++i) svg.Raw((i == 0 ? "" : ",") + place(i));
  svg.Raw("\"/>\n");
  if (k <= 60) {
    svg.Raw(fmt::format("<path fill=\"none\" stroke=\"{}\" stroke-width=\"7\" stroke-linecap=\"round\" d=\"",
                        kLine));
    for (std::size_t i = 0; i < k; ++i) svg.Raw("M" + place(i) + "h0");
    svg.Raw("\"/>\n");
  }
  svg.Line(kLeft, kBottom, kRight, kBottom, kInk, 1);
  svg.Line(kLeft, kTop, kLeft, kBottom, kInk, 1);
  svg.Line(kRight, kTop, kRight, kBottom, kInk, 1);
}

// Below the bars: their names, and for a few components the numbers.
void DrawComponents(SvgWriter& svg, const Shares& shares) {
  const std::size_t k = shares.of_total.size();
  const double slot = (kRight - kLeft) / static_cast<double>(k);
  const auto middle = [&](std::size_t i) { return kLeft + (static_cast<double>(i) + 0.5) * slot; };
  const bool table = k <= kMostInTable;
  const std::size_t step = k <= 16 ? 1 : k <= 32 ? 2 : (k + 119) / 120 * 10;
  for (std::size_t i = 0; i < k; ++i) {
    if (k > 32 ? (i + 1) % step != 0 : i % step != 0) continue;
    svg.Text(middle(i), kBottom + 20, fmt::format("{}{}", k <= 32 ? "PC" : "", i + 1),
             {.size = 12, .anchor = "middle"});
  }
  if (table) {
    const double rows[] = {kBottom + 42, kBottom + 60, kBottom + 78};
    svg.Text(kLeft - 8, rows[0], "of the total variance", {.size = 11, .anchor = "end", .fill = kBar});
    svg.Text(kLeft - 8, rows[1], "all up to it, of the total", {.size = 11, .anchor = "end", .fill = kLine});
    svg.Text(kLeft - 8, rows[2], fmt::format("of the K = {} kept", k), {.size = 11, .anchor = "end"});
    for (std::size_t i = 0; i < k; ++i) {
      svg.Text(middle(i), rows[0], Percent(shares.of_total[i]),
               {.size = 11, .anchor = "middle", .fill = kBar});
      svg.Text(middle(i), rows[1], Percent(shares.up_to[i]), {.size = 11, .anchor = "middle", .fill = kLine});
      svg.Text(middle(i), rows[2], Percent(shares.of_kept[i]), {.size = 11, .anchor = "middle"});
    }
  }
  svg.Text((kLeft + kRight) / 2, table ? kBottom + 108 : kBottom + 48,
           "Principal component, with its share of variance in percent", {.size = 13, .anchor = "middle"});
}

}  // namespace

Result<std::string> ScreeSvg(const ScreeData& data) {
  FRUITS_CHECK(Check(data));
  const Shares shares = SharesOf(data);
  std::string text;
  const SvgSink sink = [&text](std::string_view piece) -> Status {
    text += piece;
    return {};
  };
  SvgWriter svg(sink, kWidth, shares.of_total.size() <= kMostInTable ? kHeight : kHeightWithoutTable,
                data.title);
  const double highest = shares.kept > 0 ? std::min(100.0, 108 * shares.kept) : 100;
  const Axis total(0, highest, kBottom, kTop, 6);
  DrawHeading(svg, data, shares);
  DrawScales(svg, total, shares);
  DrawBars(svg, total, shares);
  DrawComponents(svg, shares);
  FRUITS_CHECK(svg.Finish());
  return text;
}

}  // namespace fruits
