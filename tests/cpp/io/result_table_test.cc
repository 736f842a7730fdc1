#include "fruits/io/result_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "fruits/core/sha256.h"
#include "fruits/io/storage.h"
#include "temp_dir.h"

namespace fruits {
namespace {

using test::ReadAll;
using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;

std::string Csv(std::string_view field) {
  std::string line;
  AppendCsvField(field, line);
  return line;
}

std::string Json(std::vector<double> values) {
  std::string text;
  AppendJsonList(values, text);
  return text;
}

TEST(Csv, QuotesOnlyWhereNeeded) {
  EXPECT_EQ(Csv(""), "");
  EXPECT_EQ(Csv("Apple Braeburn"), "Apple Braeburn");
  EXPECT_EQ(Csv(" a;b'\t"), " a;b'\t");
  EXPECT_EQ(Csv("a,b"), "\"a,b\"");
  EXPECT_EQ(Csv("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(Csv("a\nb"), "\"a\nb\"");
  EXPECT_EQ(Csv("a\rb"), "\"a\rb\"");
}

TEST(Json, NumbersAreShortestAndReadBackTheSame) {
  EXPECT_EQ(Json({}), "[]");
  EXPECT_EQ(Json({1.5, -2e-8, 0.1, 3, -0.0, 1e22, 0.1 + 0.2}),
            "[1.5,-2e-08,0.1,3,-0,1e+22,0.30000000000000004]");
  EXPECT_EQ(Json({NAN, INFINITY}), "[null,null]");
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const std::string text = Json({value});
    EXPECT_EQ(std::bit_cast<std::uint64_t>(std::strtod(text.c_str() + 1, nullptr)),
              std::bit_cast<std::uint64_t>(value));
    EXPECT_LE(text.size(), 26U);
  }
}

class ResultTableTest : public testing::Test {
 protected:
  const TempDir dir_;
  const std::unique_ptr<Folder> folder_ = *Storage().OpenFolder({Scheme::kFile, "", dir_.path()});
};

TEST_F(ResultTableTest, WritesBothFilesAndSaysWhatTheyAre) {
  auto table = PcaResultWriter::Create(*folder_, 2, {});
  ASSERT_TRUE(table);
  ASSERT_TRUE((*table)->Append("file:///a,b.jpg", "A \"B\"\nC", std::vector{1.5, -93.25}));
  ASSERT_TRUE((*table)->Append("file:///b.jpg", "", std::vector{0.1, 0.0}));
  EXPECT_THAT(*folder_->List(""), ElementsAre());
  const auto files = (*table)->Commit();
  ASSERT_TRUE(files) << files.error().message();
  EXPECT_EQ(ReadAll(dir_ / "pca_result.csv"),
            "path,label,features_pca\n"
            "\"file:///a,b.jpg\",\"A \"\"B\"\"\nC\",\"[1.5,-93.25]\"\n"
            "file:///b.jpg,,\"[0.1,0]\"\n");
  ASSERT_EQ(files->size(), 2U);
  for (const auto& [name, written] : *files) {
    const std::string bytes = ReadAll(dir_ / name);
    EXPECT_EQ(written.size_bytes, bytes.size()) << name;
    EXPECT_EQ(written.sha256, ToHex(Sha256Of(bytes))) << name;
  }
  EXPECT_EQ(ReadAll(dir_ / "pca_result.parquet").substr(0, 4), "PAR1");
}

TEST_F(ResultTableTest, OneComponentNeedsNoQuotes) {
  auto table = PcaResultWriter::Create(*folder_, 1, {});
  ASSERT_TRUE((*table)->Append("p", "l", std::vector{2.5}));
  ASSERT_TRUE((*table)->Commit());
  EXPECT_EQ(ReadAll(dir_ / "pca_result.csv"), "path,label,features_pca\np,l,[2.5]\n");
}

TEST_F(ResultTableTest, WithoutCommitNothingAppears) {
  {
    auto table = PcaResultWriter::Create(*folder_, 1, {});
    for (int i = 0; i < 10'000; ++i) ASSERT_TRUE((*table)->Append("p", "l", std::vector{2.5}));
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
}

TEST_F(ResultTableTest, ATableMayBeEmpty) {
  auto table = PcaResultWriter::Create(*folder_, 3, {});
  ASSERT_TRUE((*table)->Commit());
  EXPECT_EQ(ReadAll(dir_ / "pca_result.csv"), "path,label,features_pca\n");
}

TEST_F(ResultTableTest, EqualRowsGiveEqualBytes) {
  std::string bytes[2];
  for (std::string& run : bytes) {
    auto table = PcaResultWriter::Create(*folder_, 2, {.scaled_dimension = 3});
    for (int i = 0; i < 9000; ++i) {
      const double x = i * 0.1;
      ASSERT_TRUE((*table)->Append("p" + std::to_string(i), "l", std::vector{x, -x}, std::vector{x, x, x}));
    }
    ASSERT_TRUE((*table)->Commit());
    run = ReadAll(dir_ / "pca_result.parquet");
  }
  EXPECT_TRUE(bytes[0] == bytes[1]);
}

TEST_F(ResultTableTest, RefusesOtherWidthsAndNumbersThatAreNone) {
  EXPECT_EQ(PcaResultWriter::Create(*folder_, 0, {}).error().code(), ErrorCode::kInvalidArgument);
  auto table = PcaResultWriter::Create(*folder_, 2, {.scaled_dimension = 1});
  ASSERT_TRUE(table);
  const std::vector<double> two = {1, 2};
  const std::vector<double> one = {1};
  const std::vector<double> bad = {1, std::numeric_limits<double>::quiet_NaN()};
  for (const auto& status :
       {(*table)->Append("p.jpg", "l", one, one), (*table)->Append("p.jpg", "l", two),
        (*table)->Append("p.jpg", "l", two, two), (*table)->Append("p.jpg", "l", bad, one)}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(status.error().message(), HasSubstr("p.jpg"));
  }
  ASSERT_TRUE((*table)->Append("p.jpg", "l", two, one));
  ASSERT_TRUE((*table)->Commit());
  EXPECT_EQ(ReadAll(dir_ / "pca_result.csv"), "path,label,features_pca\np.jpg,l,\"[1,2]\"\n");
}

TEST_F(ResultTableTest, RejectedPhotosHaveATableOfTheirOwn) {
  const std::vector<RejectedRow> rows = {
      {.path = "file:///a.jpg", .stage = "decode", .reason = "cut short, at byte 3"},
      {.path = "file:///b.jpg", .stage = "read", .reason = "gone"}};
  const auto written =
      WriteRejectedCsv(*folder_, [&, at = std::size_t{0}]() mutable -> Result<const RejectedRow*> {
        return at < rows.size() ? &rows[at++] : nullptr;
      });
  ASSERT_TRUE(written);
  const std::string bytes = ReadAll(dir_ / "rejected.csv");
  EXPECT_EQ(bytes,
            "path,stage,reason\nfile:///a.jpg,decode,\"cut short, at byte 3\"\nfile:///b.jpg,read,gone\n");
  EXPECT_EQ(written->sha256, ToHex(Sha256Of(bytes)));
}

}  // namespace
}  // namespace fruits
