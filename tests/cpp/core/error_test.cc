#include "fruits/core/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "fruits/core/try.h"

namespace fruits {
namespace {

TEST(Error, ContextGoesInFrontAndKeepsTheCode) {
  const Error error(ErrorCode::kCorrupt, "bad header");
  const Error more = error.WithContext("while reading a.jpg");
  EXPECT_EQ(more.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(more.message(), "while reading a.jpg: bad header");
  EXPECT_EQ(error.message(), "bad header");
}

TEST(Error, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    names.insert(ToString(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::kInternal) + 1);
  EXPECT_FALSE(names.contains("unknown error"));
  EXPECT_EQ(ToString(ErrorCode::kNotFound), "not found");
}

Result<std::string> Half(int number) {
  if (number % 2 != 0) return Fail(ErrorCode::kInvalidArgument, "odd");
  return std::to_string(number / 2);
}

Result<std::string> Twice(int number, int& reached) {
  FRUITS_TRY(const std::string first, Half(number));
  reached = 1;
  FRUITS_TRY(const std::string second, Half(std::stoi(first)));
  reached = 2;
  return second;
}

Status Check(int number, bool& reached) {
  FRUITS_CHECK(number > 0 ? Status() : Fail(ErrorCode::kIo, "small"));
  reached = true;
  return {};
}

TEST(Try, DeclaresTheValueOrReturnsTheError) {
  int reached = 0;
  EXPECT_EQ(Twice(12, reached).value_or("?"), "3");
  EXPECT_EQ(reached, 2);
  reached = 0;
  const auto odd = Twice(6, reached);
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().message(), "odd");
  EXPECT_EQ(reached, 1);
}

TEST(Try, CheckReturnsTheErrorOfAStatus) {
  bool reached = false;
  EXPECT_TRUE(Check(1, reached));
  EXPECT_TRUE(reached);
  reached = false;
  EXPECT_EQ(Check(0, reached).error().code(), ErrorCode::kIo);
  EXPECT_FALSE(reached);
}

}  // namespace
}  // namespace fruits
