#include "fruits/io/feature_part.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fruits/io/storage.h"
#include "temp_dir.h"

namespace fruits {
namespace {

using test::ReadAll;
using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kName[] = "part-000003-0badcafe.parquet";

std::string PhotoPath(std::size_t i) {
  std::string number = std::to_string(i);
  number.insert(0, 6 - number.size(), '0');
  return "file:///data/Äpple, \"x\"/" + number + "%0A.jpg";
}

FeaturePart MakePart(std::size_t rows, std::size_t dimension) {
  FeaturePart part{.fingerprint = "0123abcd", .dimension = dimension};
  for (std::size_t i = 0; i < rows; ++i) {
    PhotoRow row{.path = PhotoPath(2 * i + 1),
                 .label = i % 3 == 0 ? "" : "Äpple, \"x\"\n" + std::to_string(i % 3),
                 .size_bytes = 1000 + i,
                 .etag = i % 2 == 0 ? "" : "\"e" + std::to_string(i) + "\"",
                 .mtime_ns = 1'700'000'000'123'456'789 + static_cast<std::int64_t>(i),
                 .width = 100 + static_cast<int>(i),
                 .height = 50,
                 .content_sha256 = {}};
    row.content_sha256.fill(static_cast<std::uint8_t>(i));
    part.rows.push_back(row);
    for (std::size_t d = 0; d < dimension; ++d) {
      part.features.push_back(static_cast<float>(i) * 0.1F - 1.0F / static_cast<float>(d + 1));
    }
    part.thumbnails.push_back("RIFF\0webp" + std::to_string(i));
  }
  part.rejected.push_back({PhotoPath(0), "decode", "not a photo, \"really\"", 3, "", -5});
  part.rejected.push_back({PhotoPath(2 * rows), "read", "gone \xFF", 0, "\"e\"", 7});
  return part;
}

class FeaturePartTest : public testing::Test {
 protected:
  void Write(const FeaturePart& part) {
    const auto written = WriteFeaturePart(*folder_, kName, part);
    ASSERT_TRUE(written) << written.error().message();
  }
  Result<FeaturePart> Read(PartColumns columns = PartColumns::kRowsAndFeatures) {
    return ReadFeaturePart(*folder_, kName, columns);
  }

  const TempDir dir_;
  const std::unique_ptr<Folder> folder_ = *Storage().OpenFolder({Scheme::kFile, "", dir_.path()});
};

void ExpectSameRows(const FeaturePart& a, const FeaturePart& b) {
  ASSERT_EQ(a.rows.size(), b.rows.size());
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    EXPECT_EQ(a.rows[i].path, b.rows[i].path);
    EXPECT_EQ(a.rows[i].label, b.rows[i].label);
    EXPECT_EQ(a.rows[i].size_bytes, b.rows[i].size_bytes);
    EXPECT_EQ(a.rows[i].etag, b.rows[i].etag);
    EXPECT_EQ(a.rows[i].mtime_ns, b.rows[i].mtime_ns);
    EXPECT_EQ(a.rows[i].width, b.rows[i].width);
    EXPECT_EQ(a.rows[i].height, b.rows[i].height);
    EXPECT_EQ(a.rows[i].content_sha256, b.rows[i].content_sha256);
  }
}

TEST_F(FeaturePartTest, ComesBackAsItWas) {
  const FeaturePart part = MakePart(70, 13);
  Write(part);
  const auto back = Read();
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->fingerprint, part.fingerprint);
  EXPECT_EQ(back->dimension, part.dimension);
  EXPECT_EQ(back->features, part.features);
  ExpectSameRows(part, *back);
  ASSERT_EQ(back->rejected.size(), 2U);
  EXPECT_EQ(back->rejected[0].path, PhotoPath(0));
  EXPECT_EQ(back->rejected[0].stage, "decode");
  EXPECT_EQ(back->rejected[0].reason, "not a photo, \"really\"");
  EXPECT_EQ(back->rejected[0].size_bytes, 3U);
  EXPECT_EQ(back->rejected[0].etag, "");
  EXPECT_EQ(back->rejected[0].mtime_ns, -5);
  EXPECT_EQ(back->rejected[1].reason, "gone %FF");
  EXPECT_EQ(back->rejected[1].etag, "\"e\"");
  EXPECT_THAT(*folder_->List(""),
              ElementsAre("features/part-000003-0badcafe.parquet", "rejected/part-000003-0badcafe.parquet",
                          "thumbs/part-000003-0badcafe.parquet"));
}

TEST_F(FeaturePartTest, ThumbnailsAlone) {
  FeaturePart part = MakePart(10, 5);
  Write(part);
  const auto read = ReadPartThumbnails(*folder_, kName);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->thumbnails, part.thumbnails);
  ASSERT_EQ(read->paths.size(), 10U);
  EXPECT_EQ(read->paths[9], part.rows[9].path);
  part.thumbnails.clear();
  Write(part);
  EXPECT_EQ(ReadPartThumbnails(*folder_, kName).error().code(), ErrorCode::kNotFound);
}

TEST_F(FeaturePartTest, RowsAloneLeaveFeaturesUntouched) {
  const FeaturePart part = MakePart(10, 5);
  Write(part);
  const auto back = Read(PartColumns::kRows);
  ASSERT_TRUE(back);
  ExpectSameRows(part, *back);
  EXPECT_TRUE(back->features.empty());
  EXPECT_EQ(back->rejected.size(), 2U);
}

TEST_F(FeaturePartTest, AllHasTheThumbnailsToo) {
  FeaturePart part = MakePart(10, 5);
  Write(part);
  const auto back = Read(PartColumns::kAll);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->features, part.features);
  EXPECT_EQ(back->thumbnails, part.thumbnails);
  const std::string thumbs = ReadAll(dir_ / "thumbs/part-000003-0badcafe.parquet");
  part.fingerprint = "other";
  Write(part);
  dir_.Write("thumbs/part-000003-0badcafe.parquet", thumbs);
  EXPECT_EQ(Read(PartColumns::kAll).error().code(), ErrorCode::kCorrupt);
  part.thumbnails.clear();
  Write(part);
  EXPECT_TRUE(Read(PartColumns::kAll)->thumbnails.empty());
}

TEST_F(FeaturePartTest, WideRowsSpanManyRowGroups) {
  const FeaturePart part = MakePart(150, 100'352);  // 83 rows a group
  Write(part);
  const auto back = Read();
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_TRUE(back->features == part.features);
  ExpectSameRows(part, *back);
}

TEST_F(FeaturePartTest, FactsComeFromTheFooter) {
  Write(MakePart(70, 13));
  const auto facts = ReadFeaturePartFacts(*folder_, kName);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->fingerprint, "0123abcd");
  EXPECT_EQ(facts->dimension, 13U);
  EXPECT_EQ(facts->rows, 70U);
  EXPECT_EQ(facts->rejected, 2U);
  EXPECT_EQ(facts->first_path, PhotoPath(0));
  EXPECT_EQ(facts->last_path, PhotoPath(140));
}

TEST_F(FeaturePartTest, APartMayHaveNoRows) {
  FeaturePart part = MakePart(0, 13);
  Write(part);
  const auto back = Read();
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->dimension, 13U);
  EXPECT_TRUE(back->rows.empty());
  EXPECT_EQ(back->rejected.size(), 2U);
}

TEST_F(FeaturePartTest, WritingAgainLeavesNothingOfTheOldOne) {
  FeaturePart part = MakePart(5, 3);
  Write(part);
  part.rejected.clear();
  part.thumbnails.clear();
  Write(part);
  EXPECT_THAT(*folder_->List(""), ElementsAre("features/part-000003-0badcafe.parquet"));
  EXPECT_TRUE(Read()->rejected.empty());
}

TEST_F(FeaturePartTest, EqualContentGivesEqualBytes) {
  const FeaturePart part = MakePart(70, 13);
  Write(part);
  const std::string features = ReadAll(dir_ / "features/part-000003-0badcafe.parquet");
  const std::string rejected = ReadAll(dir_ / "rejected/part-000003-0badcafe.parquet");
  Write(part);
  EXPECT_TRUE(ReadAll(dir_ / "features/part-000003-0badcafe.parquet") == features);
  EXPECT_TRUE(ReadAll(dir_ / "rejected/part-000003-0badcafe.parquet") == rejected);
}

TEST_F(FeaturePartTest, SizesMustFit) {
  FeaturePart part = MakePart(5, 3);
  part.features.pop_back();
  EXPECT_EQ(WriteFeaturePart(*folder_, kName, part).error().code(), ErrorCode::kInvalidArgument);
  part = MakePart(5, 3);
  part.thumbnails.pop_back();
  EXPECT_EQ(WriteFeaturePart(*folder_, kName, part).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(*folder_->List(""), ElementsAre());
}

TEST_F(FeaturePartTest, ATruncatedFileIsCorrupt) {
  Write(MakePart(70, 13));
  const std::string bytes = ReadAll(dir_ / "features/part-000003-0badcafe.parquet");
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, bytes.size() / 2, bytes.size() - 1}) {
    dir_.Write("features/part-000003-0badcafe.parquet", std::string_view(bytes).substr(0, size));
    const auto facts = ReadFeaturePartFacts(*folder_, kName);
    ASSERT_FALSE(facts) << size;
    EXPECT_EQ(facts.error().code(), ErrorCode::kCorrupt) << facts.error().message();
    EXPECT_THAT(facts.error().message(), HasSubstr("features/part-000003-0badcafe.parquet"));
  }
}

// Wherever a byte is altered, the part is refused or what it holds is unchanged.
TEST_F(FeaturePartTest, AnAlteredByteNeverGivesOtherFeatures) {
  const FeaturePart part = MakePart(40, 13);
  Write(part);
  const std::string good = ReadAll(dir_ / "features/part-000003-0badcafe.parquet");
  int refused = 0;
  int tried = 0;
  for (std::size_t i = 0; i < good.size(); i += 31) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    dir_.Write("features/part-000003-0badcafe.parquet", bad);
    const auto back = Read();
    ++tried;
    if (!back) {
      ++refused;
      EXPECT_THAT(back.error().message(), HasSubstr("part-000003-0badcafe.parquet"));
    } else {
      EXPECT_TRUE(back->features == part.features) << "byte " << i;
    }
  }
  EXPECT_GT(refused, tried / 4);
}

TEST_F(FeaturePartTest, AMissingOrForeignListOfRejectedPhotosIsCorrupt) {
  Write(MakePart(5, 3));
  const std::string rejected = ReadAll(dir_ / "rejected/part-000003-0badcafe.parquet");
  std::filesystem::remove(dir_ / "rejected/part-000003-0badcafe.parquet");
  EXPECT_EQ(ReadFeaturePartFacts(*folder_, kName).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(Read().error().code(), ErrorCode::kCorrupt);
  dir_.Write("rejected/part-000003-0badcafe.parquet",
             ReadAll(dir_ / "features/part-000003-0badcafe.parquet"));
  EXPECT_EQ(Read().error().code(), ErrorCode::kCorrupt);
  FeaturePart other = MakePart(5, 3);
  other.fingerprint = "other";
  Write(other);
  dir_.Write("rejected/part-000003-0badcafe.parquet", rejected);
  EXPECT_EQ(Read().error().code(), ErrorCode::kCorrupt);
}

TEST_F(FeaturePartTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(Read().error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(ReadFeaturePartFacts(*folder_, kName).error().code(), ErrorCode::kNotFound);
}

TEST_F(FeaturePartTest, PartsAreListedByNumber) {
  EXPECT_EQ(FeaturePartName(12, 0x0badcafe), "part-000012-0badcafe.parquet");
  EXPECT_EQ(FeaturePartName(1'234'567, 0x0badcafe), "part-1234567-0badcafe.parquet");
  for (const char* name :
       {"part-1234567-0badcafe.parquet", "part-000002-0badcafe.parquet", "part-999999-0badcafe.parquet",
        "part-000001-0badcafe.parquet", "part-000001-00000001.parquet", "part-000001.parquet",
        "part-000001-0BADCAFE.parquet", "part-2-0badcafe.parquet", "part-x.parquet", "other.parquet",
        "part-000003.csv", "deep/part-000004-0badcafe.parquet", ".tmp-1-0-part-000009-0badcafe.parquet"}) {
    dir_.Write("features/" + std::string(name));
  }
  EXPECT_THAT(*ListFeatureParts(*folder_),
              ElementsAre("part-000001-00000001.parquet", "part-000001-0badcafe.parquet",
                          "part-000002-0badcafe.parquet", "part-999999-0badcafe.parquet",
                          "part-1234567-0badcafe.parquet"));
}

}  // namespace
}  // namespace fruits
