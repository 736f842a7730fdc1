#include "io/arrow_fs/modified_utf8.h"

#include <gtest/gtest.h>

namespace fruits::io {
namespace {

TEST(ModifiedUtf8, CharactersBeyondTheBasicPlaneAreTwoSurrogates) {
  EXPECT_EQ(ToModifiedUtf8("a\U0001F34E.jpg"), "a\xED\xA0\xBC\xED\xBD\x8E.jpg");
  EXPECT_EQ(ToModifiedUtf8("\U00010000\U0010FFFF"), "\xED\xA0\x80\xED\xB0\x80\xED\xAF\xBF\xED\xBF\xBF");
  for (const char* text :
       {"", "a b%.jpg", "\u00E9\u65E5\uD7FF\uE000", "\U00010000", "x\U0001F34E\U0010FFFFy"}) {
    EXPECT_EQ(FromModifiedUtf8(ToModifiedUtf8(text)), text);
  }
}

TEST(ModifiedUtf8, WhatIsNeitherStaysAsItIs) {
  for (const char* text : {"\xF0\x9F\x8D", "\xF0\x9F\x8Dx", "\xFF", "\xED\xA0\xBC",
                           "\xED\xBD\x8E\xED\xA0\xBC", "\xED\xA0\xBC\xED\xBD"}) {
    EXPECT_EQ(ToModifiedUtf8(text), text);
    EXPECT_EQ(FromModifiedUtf8(text), text);
  }
}

}  // namespace
}  // namespace fruits::io
