// Small samples for the tests of a report's parts.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "report/sampled_rows.h"

namespace fruits::test {

struct MadeRow {
  std::string label;
  std::vector<double> scores;
};

// Row i has the path file:///photos/LABEL/i.jpg.
inline report::Sample MakeSample(const std::vector<MadeRow>& rows, std::size_t max_points = 1000) {
  report::SampledRows sampled(rows.size(), max_points);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string path = "file:///photos/" + rows[i].label + "/" + std::to_string(i) + ".jpg";
    const Status added = sampled.Add({.path = path, .label = rows[i].label, .scores = rows[i].scores});
    EXPECT_TRUE(added) << added.error().message();
  }
  return std::move(sampled).Finish();
}

}  // namespace fruits::test
