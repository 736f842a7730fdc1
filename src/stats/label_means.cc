#include "fruits/stats/label_means.h"

#include <fmt/format.h>

#include "fruits/core/try.h"

namespace fruits {
namespace {

Status CheckWidth(std::size_t width, std::size_t dimension) {
  if (width == dimension) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("a row has {} columns; these label means have {}", width, dimension));
}

template <typename T>
void AddTo(LabelMeans::Entry& entry, std::span<const T> row) {
  entry.sum.resize(row.size(), 0.0);
  for (std::size_t j = 0; j < row.size(); ++j) entry.sum[j] += static_cast<double>(row[j]);
  ++entry.count;
}

}  // namespace

Status LabelMeans::Add(const std::string& label, std::span<const float> row) {
  FRUITS_CHECK(CheckWidth(row.size(), dimension_));
  AddTo(entries_[label], row);
  return {};
}

Status LabelMeans::Add(const std::string& label, std::span<const double> row) {
  FRUITS_CHECK(CheckWidth(row.size(), dimension_));
  AddTo(entries_[label], row);
  return {};
}

Status LabelMeans::Merge(const LabelMeans& other) {
  FRUITS_CHECK(CheckWidth(other.dimension_, dimension_));
  for (const auto& [label, from] : other.entries_) {
    Entry& into = entries_[label];
    into.sum.resize(dimension_, 0.0);
    for (std::size_t j = 0; j < dimension_; ++j) into.sum[j] += from.sum[j];
    into.count += from.count;
  }
  return {};
}

Status LabelMeans::Set(const std::string& label, std::uint64_t count, std::span<const double> mean) {
  FRUITS_CHECK(CheckWidth(mean.size(), dimension_));
  if (count == 0) return Fail(ErrorCode::kInvalidArgument, fmt::format("label '{}' has a count of 0", label));
  Entry& entry = entries_[label];
  entry.count = count;
  entry.sum.assign(mean.begin(), mean.end());
  for (double& value : entry.sum) value *= static_cast<double>(count);
  return {};
}

}  // namespace fruits
