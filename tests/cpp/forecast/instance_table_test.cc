#include "fruits/forecast/instance_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temp_dir.h"

namespace fruits {
namespace {

using testing::HasSubstr;

constexpr std::string_view kHeader =
    "type,vcpu,threads_per_core,memory_gib,isa,on_demand,spot,emr,region,source,date,verified\n";

std::string Table(std::string_view row) {
  return "# remark\n" + std::string(kHeader) + "\n" + std::string(row) + "\n";
}

TEST(InstanceTableTest, ARowIsRead) {
  const auto types = ParseInstanceTable(
      Table("c6i.xlarge, 4,2,8,avx512_vnni,0.202,,0.0425,eu-west-3,a page,2026-11-26,true\r"), "t");
  ASSERT_TRUE(types) << types.error().message();
  ASSERT_EQ(types->size(), 1U);
  const InstanceType& type = types->front();
  EXPECT_EQ(type.name, "c6i.xlarge");
  EXPECT_EQ(type.vcpu, 4);
  EXPECT_EQ(type.threads_per_core, 2);
  EXPECT_EQ(type.memory_gib, 8);
  EXPECT_EQ(type.isa, "avx512_vnni");
  EXPECT_EQ(type.on_demand, 0.202);
  EXPECT_FALSE(type.spot);
  EXPECT_EQ(type.emr, 0.0425);
  EXPECT_EQ(type.region, "eu-west-3");
  EXPECT_EQ(type.source, "a page");
  EXPECT_EQ(type.date, "2026-11-26");
  EXPECT_TRUE(type.verified);
}

TEST(InstanceTableTest, ABadCellIsNamedWithItsLineItsValueAndWhatWasExpected) {
  const struct {
    const char* row;
    const char* column;
    const char* value;
    const char* expected;
  } cases[] = {
      {",4,2,8,avx2,0.2,,,r,s,2026-11-26,false", "type", "''", "a name"},
      {"x.y,4.5,2,8,avx2,0.2,,,r,s,2026-11-26,false", "vcpu", "'4.5'", "a whole number from 1"},
      {"x.y,4,3,8,avx2,0.2,,,r,s,2026-11-26,false", "threads_per_core", "'3'", "from 1 to 2"},
      {"x.y,4,2,8GB,avx2,0.2,,,r,s,2026-11-26,false", "memory_gib", "'8GB'", "a number"},
      {"x.y,4,2,8,neon,0.2,,,r,s,2026-11-26,false", "isa", "'neon'", "avx512_vnni"},
      {"x.y,4,2,8,avx2,-0.2,,,r,s,2026-11-26,false", "on_demand", "'-0.2'", "a number"},
      {"x.y,4,2,8,avx2,nan,,,r,s,2026-11-26,false", "on_demand", "'nan'", "a number"},
      {"x.y,4,2,8,avx2,0.2,$1,,r,s,2026-11-26,false", "spot", "'$1'", "nothing, or a number"},
      {"x.y,4,2,8,avx2,0.2,,0,r,s,2026-11-26,false", "emr", "'0'", "nothing, or a number"},
      {"x.y,4,2,8,avx2,0.2,,,,s,2026-11-26,false", "region", "''", "a region"},
      {"x.y,4,2,8,avx2,0.2,,,r,,2026-11-26,false", "source", "''", "where the prices come from"},
      {"x.y,4,2,8,avx2,0.2,,,r,s,26/11/2026,false", "date", "'26/11/2026'", "a date like"},
      {"x.y,4,2,8,avx2,0.2,,,r,s,2026-13-26,false", "date", "'2026-13-26'", "a date like"},
      {"x.y,4,2,8,avx2,0.2,,,r,s,2026-02-30,false", "date", "'2026-02-30'", "that there is"},
      {"x.y,4,2,8,avx2,0.2,,,r,s,2026-04-31,false", "date", "'2026-04-31'", "that there is"},
      {"x.y,4,2,8,avx2,0.2,,,r,s,2026-02-29,false", "date", "'2026-02-29'", "that there is"},
      {"x.y,4,2,8,avx2,0.2,,,r,s,2026-11-00,false", "date", "'2026-11-00'", "that there is"},
      {"x.y,4,2,8,avx2,0.2,,,r,s,2026-11-26,no", "verified", "'no'", "true or false"},
  };
  for (const auto& bad : cases) {
    const auto types = ParseInstanceTable(Table(bad.row), "prices.csv");
    ASSERT_FALSE(types) << bad.row;
    EXPECT_EQ(types.error().code(), ErrorCode::kInvalidArgument);
    const std::string& message = types.error().message();
    EXPECT_THAT(message, HasSubstr(std::string("prices.csv: line 4: ") + bad.column + " " + bad.value))
        << bad.row;
    EXPECT_THAT(message, HasSubstr(bad.expected)) << bad.row;
  }
}

// They are printed in a command that a user may copy into a shell.
TEST(InstanceTableTest, ATypeOrARegionThatAShellWouldReadIsRefused) {
  for (const char* type : {"x", "x.", ".x", "x.y.z", "X.y", "x y.z", "x.y;reboot", "$(reboot).y", "x.y`id`",
                           "-x.y", "--help.y", "x.-y", "x.y'", "x.y\"", "x/../y.z", "x_y.z", "\xC3\xA9.x"}) {
    const auto types =
        ParseInstanceTable(Table(std::string(type) + ",4,2,8,avx2,0.2,,,r,s,2026-11-26,false"), "prices.csv");
    ASSERT_FALSE(types) << type;
    EXPECT_EQ(types.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(types.error().message(), HasSubstr(std::string("prices.csv: line 4: type '") + type +
                                                   "': expected a name like c6i.xlarge"));
  }
  for (const char* region : {"eu west", "eu-west-3;reboot", "$HOME", "-eu", "eu.west", "eu|west", "eu&"}) {
    const auto types = ParseInstanceTable(
        Table("x.y,4,2,8,avx2,0.2,,," + std::string(region) + ",s,2026-11-26,false"), "prices.csv");
    ASSERT_FALSE(types) << region;
    EXPECT_THAT(types.error().message(), HasSubstr(std::string("prices.csv: line 4: region '") + region +
                                                   "': expected a region like"));
  }
}

TEST(InstanceTableTest, NamesRegionsAndDatesAsAwsAndTheCalendarHaveThem) {
  for (const char* type : {"c6i.xlarge", "u-6tb1.112xlarge", "mac2-m2pro.metal", "c7i.metal-24xl"}) {
    for (const char* region : {"eu-west-3", "us-gov-west-1", "Paris"}) {
      for (const char* date : {"2024-02-29", "2026-12-31"}) {
        const std::string row = std::string(type) + ",4,2,8,avx2,0.2,,," + region + ",s," + date + ",false";
        const auto types = ParseInstanceTable(Table(row), "t");
        ASSERT_TRUE(types) << types.error().message();
        EXPECT_EQ(types->front().name, type);
      }
    }
  }
}

TEST(InstanceTableTest, RowsThatAreNoRowsAreRefused) {
  const std::string row = "x.y,4,2,8,avx2,0.2,,,r,s,2026-11-26,false";
  EXPECT_THAT(ParseInstanceTable("", "t").error().message(), HasSubstr("found none"));
  EXPECT_THAT(ParseInstanceTable(kHeader, "t").error().message(), HasSubstr("found none"));
  EXPECT_THAT(ParseInstanceTable(row, "t").error().message(), HasSubstr("line 1"));
  EXPECT_THAT(ParseInstanceTable(Table("x.y,4,2"), "t").error().message(), HasSubstr("12 cells, found 3"));
  EXPECT_THAT(ParseInstanceTable(Table(row + "\n" + row), "t").error().message(), HasSubstr("line 5"));
}

TEST(InstanceTableTest, ATypeStandsOnceForEachRegion) {
  const std::string here = "x.y,4,2,8,avx2,0.2,,,eu-west-3,s,2026-11-26,false\n";
  const std::string there = "x.y,4,2,8,avx2,0.1,,,us-east-1,s,2026-11-26,false\n";
  const auto types = ParseInstanceTable(Table(here + there), "t");
  ASSERT_TRUE(types) << types.error().message();
  ASSERT_EQ(types->size(), 2U);
  EXPECT_EQ((*types)[1].region, "us-east-1");
  const auto twice = ParseInstanceTable(Table(here + there + there), "t");
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message(), HasSubstr("t: line 6: "));
  EXPECT_THAT(twice.error().message(), HasSubstr("expected x.y once in us-east-1"));
}

TEST(InstanceTableTest, ItsOwnTableIsGoodAndSaysThatNothingIsVerified) {
  const auto types = ReadInstanceTable(FRUITS_SOURCE_DIR "/share/fruits/instances.csv");
  ASSERT_TRUE(types) << types.error().message();
  EXPECT_GE(types->size(), 10U);
  for (const InstanceType& type : *types) EXPECT_FALSE(type.verified) << type.name;
}

TEST(InstanceTableTest, AFileThatIsNotThereOrTooLarge) {
  const test::TempDir temp;
  EXPECT_EQ(ReadInstanceTable(temp / "none.csv").error().code(), ErrorCode::kNotFound);
  std::ofstream(temp / "large.csv") << std::string(2 << 20, '#');
  EXPECT_EQ(ReadInstanceTable(temp / "large.csv").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ReadInstanceTable(temp.path().string()).error().code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace fruits
