// What can be told of a run or a comparison before any work.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "fruits/pipeline/quality.h"
#include "fruits/pipeline/run.h"
#include "temp_folder.h"

namespace fruits {
namespace {

TEST(Checks, AGroupIsAnExpressionWithOneGroupOrEmpty) {
  for (const char* good : {"", "/([a-z]+)_", "(parent)"}) EXPECT_TRUE(CheckGroup(good)) << good;
  for (const char* bad : {"(", "no group", "(two) (groups)"}) {
    const Status status = CheckGroup(bad);
    ASSERT_FALSE(status) << bad;
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(status.error().message().starts_with("--group '")) << status.error().message();
  }
}

TEST(Checks, InputsAreListedAndNotRead) {
  test::TempFolder folder;
  std::ofstream(folder.path() / "a.jpg") << "no photo, but its name is one's";
  RunOptions options;
  options.output = (folder.path() / "out").string();
  options.inputs = {(folder.path() / "nowhere").string()};
  const Status missing = CheckRunInputs(options, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  options.inputs = {folder.path().string()};
  const Status found = CheckRunInputs(options, {});
  EXPECT_TRUE(found) << found.error().message();
  options.globs = {"*.png"};
  const Status none = CheckRunInputs(options, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "out"));
}

}  // namespace
}  // namespace fruits
