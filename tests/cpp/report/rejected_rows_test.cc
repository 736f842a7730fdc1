#include "report/rejected_rows.h"

#include <gtest/gtest.h>

#include "fruits/io/result_table.h"
#include "temp_folder.h"

namespace fruits::report {
namespace {

TEST(RejectedRowsTest, WhatTheWriterWroteReadsBack) {
  test::TempFolder temp;
  std::vector<RejectedRow> rows(3);
  rows[0] = {.path = "file:///a,b/\"c\".jpg", .stage = "decode", .reason = "no photo"};
  rows[1] = {.path = "file:///d.jpg", .stage = "read", .reason = "two\nlines, \"quoted\""};
  rows[2] = {.path = "file:///e.jpg", .stage = "read", .reason = ""};
  std::size_t next = 0;
  ASSERT_TRUE(WriteRejectedCsv(temp.folder(), [&]() -> Result<const RejectedRow*> {
    return next < rows.size() ? &rows[next++] : nullptr;
  }));
  const auto read = ReadRejectedRows(temp.folder(), 500);
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*read)[i].path, rows[i].path);
    EXPECT_EQ((*read)[i].stage, rows[i].stage);
    EXPECT_EQ((*read)[i].reason, rows[i].reason);
  }
  EXPECT_EQ(ReadRejectedRows(temp.folder(), 2)->size(), 2U);
}

TEST(RejectedRowsTest, NoFileIsNoRows) {
  test::TempFolder temp;
  EXPECT_TRUE(ReadRejectedRows(temp.folder(), 500)->empty());
}

TEST(RejectedRowsTest, ARowCutOffIsLeftOut) {
  const auto rows = ParseRejectedRows("path,stage,reason\na,read,b\nc,\"dec", 500);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].path, "a");
}

}  // namespace
}  // namespace fruits::report
