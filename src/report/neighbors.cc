#include "report/neighbors.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <thread>

namespace fruits::report {
namespace {

// Points as columns, so that the inner loop runs over neighbours side by side.
struct Columns {
  std::size_t count = 0;
  std::size_t components = 0;
  std::vector<float> values;  // components x count
  std::vector<std::uint32_t> labels;
  bool has_two_labels = false;
};

Columns ColumnsOf(const Sample& sample, const std::vector<std::uint32_t>& points) {
  Columns columns{.count = points.size(), .components = sample.components, .values = {}, .labels = {}};
  columns.values.resize(columns.count * columns.components);
  for (std::size_t i = 0; i < columns.count; ++i) {
    for (std::size_t k = 0; k < columns.components; ++k)
      columns.values[k * columns.count + i] = sample.point(points[i])[k];
    columns.labels.push_back(sample.class_of[points[i]]);
    columns.has_two_labels = columns.has_two_labels || columns.labels[i] != columns.labels[0];
  }
  return columns;
}

void Measure(const Columns& columns, std::size_t i, std::vector<float>& distances) {
  std::ranges::fill(distances, 0.0F);
  for (std::size_t k = 0; k < columns.components; ++k) {
    const float* column = columns.values.data() + k * columns.count;
    const float own = column[i];
    for (std::size_t j = 0; j < columns.count; ++j) {
      const float step = column[j] - own;
      distances[j] += step * step;
    }
  }
  distances[i] = std::numeric_limits<float>::infinity();
}

// Rows [from, to) of `found`; its numbers are of the columns, made the sample's at the end.
void Search(const Columns& columns, std::size_t from, std::size_t to, Neighbors& found) {
  std::vector<float> distances(columns.count);
  for (std::size_t i = from; i < to; ++i) {
    Measure(columns, i, distances);
    Neighbor nearest, another;
    const std::uint32_t label = columns.labels[i];
    for (std::uint32_t j = 0; j < columns.count; ++j) {
      const float distance = distances[j];
      const float worst = columns.has_two_labels ? another.squared_distance : nearest.squared_distance;
      if (!(distance < worst)) continue;
      if (distance < nearest.squared_distance) nearest = {j, distance};
      if (columns.labels[j] != label) another = {j, distance};
    }
    if (nearest.point != Neighbor::kNone) nearest.point = found.points[nearest.point];
    if (another.point != Neighbor::kNone) another.point = found.points[another.point];
    found.nearest[i] = nearest;
    found.of_another[i] = another;
  }
}

}  // namespace

Neighbors FindNeighbors(const Sample& sample, double max_products) {
  Neighbors found;
  const double most =
      std::sqrt(max_products / static_cast<double>(std::max<std::size_t>(1, sample.components)));
  const std::uint64_t n = sample.size();
  const std::uint64_t kept = std::min(n, static_cast<std::uint64_t>(std::max(2.0, most)));
  for (std::uint64_t i = 0; i < n; ++i) {
    if ((i + 1) * kept / n > i * kept / n) found.points.push_back(static_cast<std::uint32_t>(i));
  }
  found.nearest.resize(found.points.size());
  found.of_another.resize(found.points.size());
  const Columns columns = ColumnsOf(sample, found.points);
  const std::size_t threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
  std::vector<std::future<void>> work;
  for (std::size_t t = 0; t < threads; ++t) {
    work.push_back(std::async(std::launch::async, [&, t] {
      Search(columns, columns.count * t / threads, columns.count * (t + 1) / threads, found);
    }));
  }
  for (auto& part : work) part.get();
  return found;
}

}  // namespace fruits::report
