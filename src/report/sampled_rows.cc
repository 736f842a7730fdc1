#include "report/sampled_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace fruits::report {
namespace {

template <typename Other>
double Distance(const float* a, const Other* b, std::size_t components) {
  double sum = 0;
  for (std::size_t k = 0; k < components; ++k) {
    const double step = static_cast<double>(a[k]) - static_cast<double>(b[k]);
    sum += step * step;
  }
  return sum;
}

}  // namespace

double SquaredDistance(const float* a, const float* b, std::size_t components) {
  return Distance(a, b, components);
}

double SquaredDistance(const float* a, const double* b, std::size_t components) {
  return Distance(a, b, components);
}

// Row i of n is taken where the i-th of n equal steps to max_points passes a whole number.
bool SampledRows::IsTaken() const {
  const std::uint64_t i = sample_.rows_seen;
  if (rows_ <= max_points_) return sample_.size() < max_points_;
  if (i >= rows_) return false;
  return (i + 1) * max_points_ / rows_ > i * max_points_ / rows_;
}

SampledRows::Sums& SampledRows::SumsOf(std::string_view label) {
  const auto found = labels_.find(label);
  if (found != labels_.end()) return found->second;
  if (labels_.size() == kMaxClasses) {
    sample_.has_other_labels = true;
    others_.arrival = kMaxClasses;
    return others_;
  }
  Sums& added = labels_[std::string(label)];
  added.arrival = static_cast<std::uint32_t>(labels_.size() - 1);
  return added;
}

Status SampledRows::Add(const ProjectedRow& row) {
  if (sample_.rows_seen == 0) sample_.components = row.scores.size();
  const bool fits = std::ranges::all_of(
      row.scores, [](double v) { return std::abs(v) <= double{std::numeric_limits<float>::max()}; });
  if (!fits || row.scores.empty() || row.scores.size() != sample_.components) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: expected {} finite scores for the report", row.path, sample_.components));
  }
  Sums& sums = SumsOf(row.label);
  if (sums.sum.empty()) sums.sum.resize(sample_.components);
  ++sums.count;
  for (std::size_t k = 0; k < sample_.components; ++k) {
    sums.sum[k] += row.scores[k];
    sums.squares += row.scores[k] * row.scores[k];
  }
  if (IsTaken()) {
    sample_.paths.emplace_back(row.path);
    sample_.class_of.push_back(sums.arrival);
    for (const double score : row.scores) sample_.scores.push_back(static_cast<float>(score));
  }
  ++sample_.rows_seen;
  return {};
}

Sample SampledRows::Finish() && {
  // Labels are numbered as they came; the report has them in their order.
  std::vector<std::uint32_t> place(labels_.size() + 1);
  const auto add = [this](std::string name, const Sums& sums) {
    SampledClass added{.name = std::move(name), .count = sums.count, .centre = sums.sum, .spread = 0};
    const double n = static_cast<double>(sums.count);
    double of_centre = 0;
    for (double& v : added.centre) {
      v /= n;
      of_centre += v * v;
    }
    added.spread = std::sqrt(std::max(0.0, sums.squares / n - of_centre));
    sample_.classes.push_back(std::move(added));
  };
  for (const auto& [name, sums] : labels_) {
    place[sums.arrival] = static_cast<std::uint32_t>(sample_.classes.size());
    add(name, sums);
  }
  if (sample_.has_other_labels) {
    place[kMaxClasses] = static_cast<std::uint32_t>(sample_.classes.size());
    add("", others_);
  }
  for (std::uint32_t& label : sample_.class_of) label = place[label];
  return std::move(sample_);
}

}  // namespace fruits::report
