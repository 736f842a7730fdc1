#include "progress_view.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "speak.h"

namespace fruits::cli {
namespace {

constexpr auto kPlainEvery = std::chrono::seconds(5);
constexpr int kBarWidth = 24;

std::string Duration(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole % 3600 / 60);
}

std::string Numbers(const Progress& progress) {
  std::string text = fmt::format("{}", ToString(progress.phase));
  if (progress.total > 0) text += fmt::format(" {}/{}", progress.done, progress.total);
  if (progress.phase == Phase::kFeaturizing && progress.images_per_second > 0) {
    text += fmt::format(", {:.1f} images/s", progress.images_per_second);
  }
  if (progress.rejected > 0) text += fmt::format(", {} rejected", progress.rejected);
  if (progress.seconds_left > 0) text += fmt::format(", {} left", Duration(progress.seconds_left));
  return text;
}

}  // namespace

ProgressView::ProgressView(const std::string& style) {
  if (style == "json") style_ = Style::kJson;
  if (style == "plain") style_ = Style::kPlain;
  if (style == "auto") style_ = isatty(STDERR_FILENO) ? Style::kBar : Style::kPlain;
}

ProgressView::~ProgressView() {
  if (bar_open_) std::fputs("\r\x1b[K", stderr);
}

void ProgressView::Show(const Progress& progress) {
  switch (style_) {
    case Style::kBar:
      ShowBar(progress);
      break;
    case Style::kPlain:
      ShowPlain(progress);
      break;
    case Style::kJson:
      ShowJson(progress);
      break;
    case Style::kNone:
      break;
  }
  last_phase_ = progress.phase;
}

void ProgressView::ShowBar(const Progress& progress) {
  if (progress.phase == Phase::kDone) {
    std::fputs("\r\x1b[K", stderr);
    bar_open_ = false;
    return;
  }
  const double share =
      progress.total > 0
          ? std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total))
          : 0;
  const int filled = static_cast<int>(share * kBarWidth);
  SayText(fmt::format("\r\x1b[K[{:#<{}}{:.<{}}] {}", "", filled, "", kBarWidth - filled, Numbers(progress)));
  bar_open_ = true;
}

void ProgressView::ShowPlain(const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  const bool finished =
      progress.total > 0 && progress.done == progress.total && progress.phase == Phase::kFeaturizing;
  if (progress.phase == Phase::kDone) return;
  if (progress.phase == last_phase_ && !finished && now - last_line_ < kPlainEvery) return;
  last_line_ = now;
  SayText(Numbers(progress) + "\n");
}

void ProgressView::ShowJson(const Progress& progress) {
  SayText(
      fmt::format("{{\"phase\":\"{}\",\"done\":{},\"total\":{},\"rejected\":{},\"seconds\":{:.3f},"
                  "\"images_per_second\":{:.3f},\"seconds_left\":{:.1f}}}\n",
                  ToString(progress.phase), progress.done, progress.total, progress.rejected,
                  progress.seconds, progress.images_per_second, progress.seconds_left));
}

}  // namespace fruits::cli
