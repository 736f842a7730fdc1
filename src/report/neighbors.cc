#include "report/neighbors.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <span>
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

// Distances stay in the first cache between their making and their reading.
constexpr std::size_t kBlock = 2048;

// Squared distances of point i to `distances.size()` points from `first` on.
void Measure(const Columns& columns, std::size_t i, std::size_t first, std::span<float> distances) {
  std::ranges::fill(distances, 0.0F);
  for (std::size_t k = 0; k < columns.components; ++k) {
    const float* column = columns.values.data() + k * columns.count;
    const float own = column[i];
    for (std::size_t j = 0; j < distances.size(); ++j) {
      const float step = column[first + j] - own;
      distances[j] += step * step;
    }
  }
  if (i >= first && i - first < distances.size())
    distances[i - first] = std::numeric_limits<float>::infinity();
}

struct Found {
  Neighbor nearest, another;
};

Found FindFor(const Columns& columns, std::size_t i, std::span<float> buffer) {
  Found found;
  const std::uint32_t label = columns.labels[i];
  for (std::size_t first = 0; first < columns.count; first += kBlock) {
    const auto distances = buffer.first(std::min(kBlock, columns.count - first));
    Measure(columns, i, first, distances);
    for (std::size_t j = 0; j < distances.size(); ++j) {
      const float distance = distances[j];
      const Neighbor& worst = columns.has_two_labels ? found.another : found.nearest;
      if (!(distance < worst.squared_distance)) continue;
      const Neighbor here{.point = static_cast<std::uint32_t>(first + j), .squared_distance = distance};
      if (distance < found.nearest.squared_distance) found.nearest = here;
      if (columns.labels[first + j] != label) found.another = here;
    }
  }
  return found;
}

// Rows [from, to) of `neighbors`; the columns' numbers are made the sample's.
void Search(const Columns& columns, std::size_t from, std::size_t to, Neighbors& neighbors) {
  std::vector<float> buffer(kBlock);
  for (std::size_t i = from; i < to; ++i) {
    Found found = FindFor(columns, i, buffer);
    for (Neighbor* neighbor : {&found.nearest, &found.another}) {
      if (neighbor->point != Neighbor::kNone) neighbor->point = neighbors.points[neighbor->point];
    }
    neighbors.nearest[i] = found.nearest;
    neighbors.of_another[i] = found.another;
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
