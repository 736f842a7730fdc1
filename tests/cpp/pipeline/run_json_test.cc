#include "fruits/pipeline/run_json.h"

#include <gtest/gtest.h>

#include <fstream>

#include "temp_folder.h"

namespace fruits {
namespace {

RunRecord MakeRecord() {
  RunRecord record;
  record.command = "run";
  record.counts = {.photos = 10,
                   .features = 9,
                   .rejected = 1,
                   .computed = 10,
                   .kept = 0,
                   .removed = 0,
                   .labels = 2,
                   .components = 3};
  record.seconds["total"] = 1.5;
  record.share_of_total = {0.5, 0.25};
  record.share_of_kept = {2.0 / 3, 1.0 / 3};
  return record;
}

TEST(RunJsonTest, AFolderIsWholeWhenItsFilesAgree) {
  test::TempFolder temp;
  Folder& folder = temp.folder();
  ASSERT_TRUE(folder.Write("pca_result.csv", "path\n"));
  ASSERT_TRUE(folder.Write("features/part-000000-0badcafe.parquet", "part"));
  RunRecord record = MakeRecord();
  ASSERT_TRUE(NameAllFiles(folder, {}, record.files));
  ASSERT_TRUE(WriteRunJson(folder, {}, kForRun, record));
  EXPECT_TRUE(CheckWholeFolder(folder, Depth::kDigests));
  const auto brief = ReadRunBrief(folder);
  ASSERT_TRUE(brief);
  EXPECT_EQ(brief->counts.features, 9U);
  EXPECT_EQ(brief->total_seconds, 1.5);

  // The same size, other bytes: only digests tell.
  std::ofstream(temp.path() / "pca_result.csv") << "htap\n";
  EXPECT_TRUE(CheckWholeFolder(folder, Depth::kSizes));
  const Status differs = CheckWholeFolder(folder, Depth::kDigests);
  ASSERT_FALSE(differs);
  EXPECT_NE(differs.error().message().find("pca_result.csv (differs)"), std::string::npos);

  ASSERT_TRUE(folder.Remove("features/part-000000-0badcafe.parquet"));
  const Status missing = CheckWholeFolder(folder, Depth::kSizes);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_NE(missing.error().message().find("part-000000-0badcafe.parquet (missing)"), std::string::npos);
}

TEST(RunJsonTest, OneFileReplacedIsNamedAnew) {
  test::TempFolder temp;
  Folder& folder = temp.folder();
  ASSERT_TRUE(folder.Write("report.html", "old"));
  RunRecord record = MakeRecord();
  ASSERT_TRUE(NameAllFiles(folder, {}, record.files));
  ASSERT_TRUE(WriteRunJson(folder, {}, kForRun, record));
  const std::string before = *folder.Read("run.json");
  ASSERT_TRUE(WriteNamedFile(folder, "report.html", [&] { return folder.Write("report.html", "newer"); }));
  EXPECT_TRUE(CheckWholeFolder(folder, Depth::kDigests));
  EXPECT_EQ(ReadNamedFiles(folder).at("report.html").size_bytes, 5U);
  EXPECT_EQ(ReadRunBrief(folder)->counts.features, 9U);

  // What fails leaves run.json as it is.
  const std::string after = *folder.Read("run.json");
  EXPECT_NE(before, after);
  EXPECT_FALSE(WriteNamedFile(folder, "report.html",
                              []() -> Result<WrittenFile> { return Fail(ErrorCode::kIo, "no"); }));
  EXPECT_EQ(*folder.Read("run.json"), after);
}

TEST(RunJsonTest, TheDescriptionIsAllButTheFiles) {
  test::TempFolder temp;
  ASSERT_TRUE(temp.folder().Write("rejected.csv", "x"));
  RunRecord record = MakeRecord();
  ASSERT_TRUE(NameAllFiles(temp.folder(), {}, record.files));
  ASSERT_TRUE(WriteRunJson(temp.folder(), {}, kForRun, record));
  const std::string text = DescribeRun({}, kForRun, record);
  EXPECT_EQ(text.find("\"files\""), std::string::npos);
  const std::string whole = *temp.folder().Read("run.json");
  EXPECT_EQ(whole.substr(0, text.size() - 3), text.substr(0, text.size() - 3));
}

TEST(RunJsonTest, BrokenRecordsAreNamed) {
  test::TempFolder temp;
  EXPECT_EQ(CheckWholeFolder(temp.folder(), Depth::kSizes).error().code(), ErrorCode::kNotFound);
  for (const char* text : {"", "{", "[]", "{\"files\": 3}"}) {
    ASSERT_TRUE(temp.folder().Write("run.json", text));
    const Status status = CheckWholeFolder(temp.folder(), Depth::kSizes);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(status.error().message().find("run.json"), std::string::npos);
  }
}

TEST(RunJsonTest, ANewerVersionsIsNotDamaged) {
  test::TempFolder temp;
  ASSERT_TRUE(temp.folder().Write("run.json", R"({"format": 2, "command": "run", "files": {"a": {}}})"));
  EXPECT_EQ(ReadRunBrief(temp.folder()).error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(FindDisagreements(temp.folder(), Depth::kSizes).error().code(), ErrorCode::kFailedPrecondition);
}

TEST(RunStateTest, ReadsBackWhatItWrote) {
  test::TempFolder temp;
  const RunState state{.fingerprint = Fingerprint(std::map<std::string, std::string>{{"fit", "full"}}),
                       .host = "h",
                       .pid = 12,
                       .max_pixels = 7,
                       .started = "2026-01-01T00:00:00Z"};
  ASSERT_TRUE(WriteRunState(temp.folder(), state));
  const auto read = ReadRunState(temp.folder());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->fingerprint.Hex(), state.fingerprint.Hex());
  EXPECT_EQ(read->pid, 12);
  EXPECT_EQ(read->max_pixels, 7U);
  EXPECT_EQ(read->started, state.started);
}

TEST(RunJsonTest, WhatARunTookStandsThereAndItsCostOnlyWithAPrice) {
  RunRecord record = MakeRecord();
  record.use = {.cores = 2, .core_hours = 0.5, .cpu_seconds = 1700};
  std::string text = DescribeRun({}, kForRun, record);
  EXPECT_NE(text.find("\"core_hours\": 0.5"), std::string::npos) << text;
  EXPECT_NE(text.find("\"cpu_seconds\": 1700"), std::string::npos);
  EXPECT_EQ(text.find("\"cost\""), std::string::npos);
  record.use.price_per_hour = 0.25;
  record.use.cost = 0.0625;
  text = DescribeRun({}, kForRun, record);
  EXPECT_NE(text.find("\"cost\": 0.0625"), std::string::npos);
  // Of a cluster the cores are not known here.
  record.use.cores = 0;
  EXPECT_EQ(DescribeRun({}, kForRun, record).find("core_hours"), std::string::npos);
}

}  // namespace
}  // namespace fruits
