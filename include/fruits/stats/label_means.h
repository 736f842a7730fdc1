// Count and mean of each label's rows, beside the moments: for within-class covariance and classifiers without photos.
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
  Status Add(const std::string& label, std::span<const float> row);  // kInvalidArgument: width
  Status Add(const std::string& label, std::span<const double> row);
  Status Merge(const LabelMeans& other);
  Status Set(const std::string& label, std::uint64_t count, std::span<const double> mean);  // from fitted/
  std::size_t dimension() const { return dimension_; }
  const std::map<std::string, Entry>& entries() const { return entries_; }  // by byte order of label

 private:
  std::size_t dimension_;
  std::map<std::string, Entry> entries_;
};

}  // namespace fruits
