#include "fruits/io/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temp_dir.h"

namespace fruits {
namespace {

using test::TempDir;
using testing::HasSubstr;

std::string Text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(ReadFile, GivesBytesAndFactsAndReusesTheBuffer) {
  const TempDir dir;
  dir.Write("large", std::string(100'000, 'l'));
  dir.Write("small", "abc");
  dir.Write("empty", "");
  std::vector<std::byte> buffer;
  ASSERT_EQ(ReadFile(dir / "large", buffer)->size_bytes, 100'000U);
  EXPECT_EQ(Text(buffer), std::string(100'000, 'l'));
  const std::byte* memory = buffer.data();
  const auto facts = ReadFile(dir / "small", buffer);
  ASSERT_TRUE(facts);
  EXPECT_EQ(Text(buffer), "abc");
  EXPECT_EQ(buffer.data(), memory);
  const auto written = std::filesystem::last_write_time(dir / "small");
  EXPECT_EQ(facts->mtime_ns,
            std::chrono::file_clock::to_sys(written).time_since_epoch() / std::chrono::nanoseconds(1));
  ASSERT_EQ(ReadFile(dir / "empty", buffer)->size_bytes, 0U);
  EXPECT_TRUE(buffer.empty());
}

TEST(ReadFile, ReadsFilesThatDoNotSayTheirSize) {
  std::vector<std::byte> buffer;
  const auto facts = ReadFile("/proc/self/status", buffer);
  ASSERT_TRUE(facts);
  EXPECT_GT(buffer.size(), 100U);
  EXPECT_EQ(facts->size_bytes, buffer.size());
  EXPECT_THAT(Text(buffer), HasSubstr("Pid:"));
}

TEST(ReadFile, ErrorsNameTheFileAndTheReason) {
  const TempDir dir;
  dir.Write("a", "12345");
  std::vector<std::byte> buffer;
  const auto missing = ReadFile(dir / "no\xFFne", buffer);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr(dir / "no%FFne: No such file"));
  const auto folder = ReadFile(dir.path(), buffer);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code(), ErrorCode::kIo);
  const auto large = ReadFile(dir / "a", buffer, 4);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(large.error().message(), HasSubstr("limit of 4 bytes"));
  EXPECT_TRUE(ReadFile(dir / "a", buffer, 5));
  EXPECT_EQ(ReadFile("/proc/self/status", buffer, 10).error().code(), ErrorCode::kInvalidArgument);
}

TEST(ReadTextFile, GivesText) {
  const TempDir dir;
  dir.Write("a", "x\ny");
  EXPECT_EQ(ReadTextFile(dir / "a").value_or("?"), "x\ny");
}

}  // namespace
}  // namespace fruits
