// The rows that a report shows, taken evenly while all of them stream by, and count, centre and spread of
// every label over all of them.
//
//   SampledRows rows(22'688, 100'000);
//   for (each row) FRUITS_CHECK(rows.Add(row));
//   const Sample sample = std::move(rows).Finish();
//
// Threads: one user. Memory: a point kept takes 4 K + 8 bytes and its path, a label 8 K + 100 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/pipeline/painter.h"

namespace fruits::report {

struct SampledClass {
  std::string name;
  std::uint64_t count = 0;     // of all rows
  std::vector<double> centre;  // K
  double spread = 0;           // root of the mean squared distance to the centre
};

struct Sample {
  std::uint64_t rows_seen = 0;
  std::size_t components = 0;
  std::vector<float> scores;  // points x components, row by row
  std::vector<std::uint32_t> class_of;
  std::vector<std::string> paths;
  std::vector<SampledClass> classes;  // by byte order of name; labels beyond kMaxClasses are one, the last
  bool has_other_labels = false;      // that last one is there

  std::size_t size() const { return class_of.size(); }
  const float* point(std::size_t i) const { return scores.data() + i * components; }
};

class SampledRows {
 public:
  static constexpr std::size_t kMaxClasses = 2'000;

  // `rows` is how many will come: of more than max_points, exactly max_points are kept.
  SampledRows(std::uint64_t rows, std::size_t max_points) : rows_(rows), max_points_(max_points) {}

  // kInvalidArgument: a score that is not finite or beyond a float's range, another number of them.
  Status Add(const ProjectedRow& row);
  std::uint64_t seen() const { return sample_.rows_seen; }
  Sample Finish() &&;

 private:
  struct Sums {
    std::uint32_t arrival = 0;
    std::uint64_t count = 0;
    std::vector<double> sum;
    double squares = 0;
  };

  bool IsTaken() const;
  Sums& SumsOf(std::string_view label);

  const std::uint64_t rows_;
  const std::size_t max_points_;
  Sample sample_;
  std::map<std::string, Sums, std::less<>> labels_;
  Sums others_;
};

// The squared distance of two points of K components.
double SquaredDistance(const float* a, const float* b, std::size_t components);
double SquaredDistance(const float* a, const double* b, std::size_t components);

}  // namespace fruits::report
