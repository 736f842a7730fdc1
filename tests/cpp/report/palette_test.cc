#include "report/palette.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace fruits::report {
namespace {

TEST(Palette, NoTwoLabelsShareColourAndShape) {
  for (const std::size_t count : {1, 2, 8, 10, 11, 12, 23, 24, 25, 131, 144, 145, 200, 312, 500}) {
    std::set<std::pair<std::string, int>> looks;
    for (std::size_t i = 0; i < count; ++i) {
      const Look look = LookOf(i, count);
      EXPECT_EQ(look.color.size(), 7U);
      looks.emplace(look.color, static_cast<int>(look.shape));
    }
    EXPECT_EQ(looks.size(), count);
  }
}

TEST(Palette, AFewLabelsDifferInColour) {
  for (const std::size_t count : {2, 10, 24}) {
    std::set<std::string> colors;
    for (std::size_t i = 0; i < count; ++i) colors.insert(LookOf(i, count).color);
    EXPECT_EQ(colors.size(), count);
  }
}

}  // namespace
}  // namespace fruits::report
