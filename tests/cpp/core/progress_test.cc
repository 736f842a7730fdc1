#include "fruits/core/progress.h"

#include <gtest/gtest.h>

#include <set>

namespace fruits {
namespace {

TEST(Progress, EveryPhaseHasItsOwnName) {
  std::set<std::string_view> names;
  for (int phase = 0; phase <= static_cast<int>(Phase::kDone); ++phase)
    names.insert(ToString(static_cast<Phase>(phase)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Phase::kDone) + 1);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(ToString(Phase::kListing), "listing");
}

}  // namespace
}  // namespace fruits
