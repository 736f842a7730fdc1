#include "forecast/steady_rate.h"

#include <algorithm>

namespace fruits {

SteadyRate SteadyRateOf(std::span<const Moment> moments, const Moment& end, int cpus) {
  if (moments.empty()) return {};
  const Moment& last = moments.back();
  const auto first = std::ranges::find_if(
      moments, [&](const Moment& moment) { return moment.done > 0 && 4 * moment.done >= last.done; });
  if (first == moments.end() || first->done >= last.done) {  // no line through so few: the photos took it all
    if (end.done == 0) return {};
    const auto all = static_cast<double>(end.done);
    const Moment& begin = moments.front();
    return {.photo_seconds = (end.wall_seconds - begin.wall_seconds) / all,
            .core_seconds = (end.cpu_seconds - begin.cpu_seconds) / all};
  }
  const auto photos = static_cast<double>(last.done - first->done);
  SteadyRate rate{.photo_seconds = (last.wall_seconds - first->wall_seconds) / photos,
                  .core_seconds = (last.cpu_seconds - first->cpu_seconds) / photos};
  rate.start_seconds = std::max(0.0, last.wall_seconds - static_cast<double>(last.done) * rate.photo_seconds);
  rate.tail_seconds = std::max(0.0, end.wall_seconds - last.wall_seconds);
  rate.start_cpu_seconds = std::max(0.0, last.cpu_seconds - moments.front().cpu_seconds -
                                             static_cast<double>(last.done) * rate.core_seconds);
  rate.tail_cpu_seconds = std::max(0.0, end.cpu_seconds - last.cpu_seconds);
  rate.is_line = true;
  const double writing = rate.tail_cpu_seconds / static_cast<double>(last.done);
  rate.core_seconds += writing;
  rate.photo_seconds += writing / std::max(1, cpus);
  return rate;
}

double RateOf(std::span<const Moment> moments) {
  if (moments.size() < 2) return 1;
  const double seconds = moments.back().wall_seconds - moments.front().wall_seconds;
  const double photos = static_cast<double>(moments.back().done) - static_cast<double>(moments.front().done);
  return seconds > 0 && photos > 0 ? photos / seconds : 1;
}

}  // namespace fruits
