#include "model/openvino_error.h"

#include <gtest/gtest.h>

#include <new>
#include <openvino/core/except.hpp>
#include <stdexcept>

namespace fruits {
namespace {

TEST(OpenVinoErrorTest, AnAssertionBecomesOneLineWithContext) {
  const auto result =
      CatchOpenVino(ErrorCode::kCorrupt, "model.xml", []() -> int { OPENVINO_THROW("the reason"); });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(result.error().message(), "model.xml: the reason");
}

TEST(OpenVinoErrorTest, WhatIsNotAnExceptionIsCaughtToo) {
  const Status status = CatchOpenVino(ErrorCode::kInternal, "while testing",
                                      [] { throw 5; });  // NOLINT(bugprone-std-exception-baseclass)
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message(), "while testing: an unknown exception");
}

TEST(OpenVinoErrorTest, MemoryHasItsOwnCode) {
  const Status status = CatchOpenVino(ErrorCode::kInternal, "while testing", [] { throw std::bad_alloc(); });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kResourceExhausted);
}

TEST(OpenVinoErrorTest, ValuesPassThrough) {
  const auto result = CatchOpenVino(ErrorCode::kInternal, "", [] { return 7; });
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 7);
}

}  // namespace
}  // namespace fruits
