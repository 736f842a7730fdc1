#include "fruits/stats/paired_change.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fruits {
namespace {

// n answers; the first `right` of them are right.
std::vector<bool> FirstRight(std::size_t n, std::size_t right) {
  std::vector<bool> answers(n, false);
  for (std::size_t i = 0; i < right; ++i) answers[i] = true;
  return answers;
}

TEST(ComparePaired, CountsBothWaysAndTheirError) {
  std::vector<bool> before = FirstRight(200, 180), after = before;
  for (std::size_t i = 0; i < 5; ++i) after[i] = false;
  for (std::size_t i = 190; i < 193; ++i) after[i] = true;
  const auto change = ComparePaired(before, after);
  ASSERT_TRUE(change) << change.error().message();
  EXPECT_EQ(change->right_to_wrong, 5U);
  EXPECT_EQ(change->wrong_to_right, 3U);
  EXPECT_NEAR(change->standard_error, std::sqrt(8 - 4.0 / 200) / 200, 1e-15);
}

TEST(ComparePaired, IsTheErrorOfTheMeanOfTheDifferences) {
  const std::vector<bool> before = {true, true, false, true, false},
                          after = {false, true, true, false, false};
  const double differences[] = {-1, 0, 1, -1, 0};
  const double mean = -1.0 / 5;
  double squares = 0;
  for (const double x : differences) squares += (x - mean) * (x - mean);
  EXPECT_NEAR(ComparePaired(before, after)->standard_error, std::sqrt(squares / 5 / 5), 1e-15);
}

TEST(ComparePaired, IsZeroWhereNothingOrEverythingChanges) {
  const std::vector<bool> right(10, true), wrong(10, false);
  EXPECT_EQ(ComparePaired(right, right)->standard_error, 0);
  const auto all = ComparePaired(right, wrong);
  EXPECT_EQ(all->right_to_wrong, 10U);
  EXPECT_EQ(all->standard_error, 0);
}

TEST(ComparePaired, WantsTwoAnswersAboutEachPhoto) {
  EXPECT_EQ(ComparePaired({}, {}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ComparePaired({true}, {true, false}).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace fruits
