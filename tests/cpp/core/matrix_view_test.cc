#include "fruits/core/matrix_view.h"

#include <gtest/gtest.h>

#include <vector>

namespace fruits {
namespace {

TEST(MatrixView, RowsAreStrideApart) {
  std::vector<double> data = {1, 2, 9, 3, 4, 9, 5, 6, 9};
  const MatrixView<double> view(data.data(), 3, 2, 3);
  EXPECT_EQ(view.rows(), 3U);
  EXPECT_EQ(view.cols(), 2U);
  EXPECT_EQ(view.stride(), 3U);
  EXPECT_EQ(view(1, 1), 4);
  EXPECT_EQ(view.Row(2).size(), 2U);
  EXPECT_EQ(view.Row(2)[0], 5);
  view(2, 0) = 7;
  EXPECT_EQ(data[6], 7);
}

TEST(MatrixView, RowsGivesARange) {
  std::vector<float> data = {1, 2, 3, 4, 5, 6};
  const MatrixView<float> view(data.data(), 3, 2);
  const MatrixView<const float> last = view.Rows(1, 2);
  EXPECT_EQ(last.rows(), 2U);
  EXPECT_EQ(last(0, 0), 3);
  EXPECT_EQ(last(1, 1), 6);
  EXPECT_EQ(last.data(), data.data() + 2);
}

TEST(MatrixView, DefaultIsEmpty) {
  const MatrixView<const float> view;
  EXPECT_EQ(view.rows(), 0U);
  EXPECT_EQ(view.data(), nullptr);
}

}  // namespace
}  // namespace fruits
