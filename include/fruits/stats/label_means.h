// Count and mean of each label's rows, beside the moments: for within-class covariance and classifiers
// without photos.
//
//   LabelMeans means(2048);
//   means.Add("Apple", row);
//   for (const auto& [label, entry] : means.entries()) use(label, entry.count, entry.sum);  // mean = sum /
//   count
//
// Sums are taken in the order of the calls, in double; merging blocks in a fixed order gives fixed bytes.
// Threads: one writer per object. Memory: 8 * d bytes a label.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "fruits/core/error.h"

namespace fruits {

class LabelMeans {
 public:
  struct Entry {
    std::uint64_t count = 0;
    std::vector<double> sum;  // d values
  };
  explicit LabelMeans(std::size_t dimension) : dimension_(dimension) {}
  // kInvalidArgument (width), here and in Merge: unchanged.
  Status Add(const std::string& label, std::span<const float> row);
  Status Add(const std::string& label, std::span<const double> row);
  Status Merge(const LabelMeans& other);
  // From fitted/; count >= 1. Replaces the label's entry.
  Status Set(const std::string& label, std::uint64_t count, std::span<const double> mean);
  std::size_t dimension() const { return dimension_; }
  const std::map<std::string, Entry>& entries() const { return entries_; }  // by byte order of label

 private:
  std::size_t dimension_;
  std::map<std::string, Entry> entries_;
};

}  // namespace fruits
