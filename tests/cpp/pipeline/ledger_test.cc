#include "pipeline/ledger.h"

#include <gtest/gtest.h>

#include <fstream>

#include "fruits/core/try.h"
#include "fruits/io/feature_part.h"
#include "pipeline/compaction.h"
#include "pipeline/feature_rows.h"
#include "pipeline/part_builder.h"
#include "pipeline/plan.h"
#include "temp_folder.h"

namespace fruits {
namespace {

constexpr std::size_t kDimension = 3;
constexpr const char* kFingerprint = "f1";

class LedgerTest : public testing::Test {
 protected:
  // Photos a0, a1, ... of size i + 1 in the folder photos/.
  void MakePhotos(int count) {
    std::filesystem::create_directories(photos_.path() / "apple");
    for (int i = 0; i < count; ++i) WritePhoto(i, std::string(static_cast<std::size_t>(i) + 1, 'x'));
  }
  void WritePhoto(int i, const std::string& content) { std::ofstream(PhotoPath(i)) << content; }
  std::filesystem::path PhotoPath(int i) const {
    return photos_.path() / "apple" / ("a" + std::to_string(100 + i) + ".jpg");
  }
  Catalog List() {
    return *ListCatalog(
        {.inputs = {photos_.path().string()}, .globs = {}, .limit = 0, .working_directory = "/"});
  }
  // What is stored against what is there now.
  Result<Ledger> Read(const std::string& fingerprint = kFingerprint, const WrittenFiles& named = {}) {
    Ledger ledger;
    Plan plan(*storage_.List({.inputs = {photos_.path().string()}, .working_directory = "/"}));
    Stored stored;
    FRUITS_CHECK(ReadStored(out_.folder(), {.fingerprint = fingerprint, .named = named}, ledger, stored, {}));
    FRUITS_CHECK(plan.Fetch());
    plan.Begin(std::move(stored.rows), ledger);
    plan.MatchAll();
    return ledger;
  }
  static std::vector<std::size_t> WorkOf(const Ledger& ledger) {
    std::vector<std::size_t> work;
    for (std::size_t row = 0; row < ledger.places.size(); ++row) {
      if (!ledger.places[row].known()) work.push_back(row);
    }
    return work;
  }

  // A row whose features are its number among the photos, or a rejected one.
  static PhotoOutcome Outcome(const Catalog& catalog, std::size_t row, bool good) {
    if (!good) {
      return {.row = row,
              .what = RejectedRow{.path = catalog.Path(row),
                                  .stage = "decode",
                                  .reason = "bad",
                                  .size_bytes = catalog.size_bytes(row),
                                  .etag = {},
                                  .mtime_ns = catalog.mtime_ns(row)}};
    }
    FeaturizedPhoto photo;
    photo.photo.path = catalog.Path(row);
    photo.photo.label = "apple";
    photo.photo.size_bytes = catalog.size_bytes(row);
    photo.photo.mtime_ns = catalog.mtime_ns(row);
    photo.features.assign(kDimension, static_cast<float>(catalog.size_bytes(row)));
    photo.thumbnail = "thumb of " + std::to_string(catalog.size_bytes(row));
    return {.row = row, .what = photo};
  }

  // Stores every row of `work`; those whose size is a multiple of 5 as rejected.
  void Store(const Catalog& catalog, Ledger& ledger) {
    PartBuilder builder(out_.folder(), kFingerprint, kDimension, ledger.parts);
    for (const std::size_t row : WorkOf(ledger)) {
      const auto place = builder.Append(Outcome(catalog, row, catalog.size_bytes(row) % 5 != 0));
      ASSERT_TRUE(place);
      ledger.places[row] = *place;
    }
    ASSERT_TRUE(builder.Finish());
    ledger.dimension = kDimension;
  }

  std::vector<float> StoredFeatures(const Ledger& ledger) {
    const auto rows = MakeStoredRows(out_.folder(), ledger.parts, ledger.places, kDimension, labels_);
    std::vector<float> features;
    FeatureRow row;
    while (*rows->Next(row)) features.push_back(static_cast<float>(row.features[0]));
    return features;
  }

  const LabelRule labels_;
  Storage storage_;
  WrittenFiles files_;
  test::TempFolder photos_;
  test::TempFolder out_;
};

TEST_F(LedgerTest, AnEmptyFolderLeavesAllToDo) {
  MakePhotos(4);
  const auto ledger = Read();
  ASSERT_TRUE(ledger);
  EXPECT_EQ(WorkOf(*ledger), (std::vector<std::size_t>{0, 1, 2, 3}));
  EXPECT_EQ(ledger->kept, 0U);
}

TEST_F(LedgerTest, WhatIsStoredIsFoundAgainWithItsPlaces) {
  MakePhotos(12);
  const Catalog catalog = List();
  Ledger first = *Read();
  Store(catalog, first);
  const Ledger again = *Read();
  EXPECT_TRUE(WorkOf(again).empty());
  EXPECT_EQ(again.kept, 12U);
  EXPECT_EQ(again.dimension, kDimension);
  EXPECT_EQ(StoredFeatures(again), (std::vector<float>{1, 2, 3, 4, 6, 7, 8, 9, 11, 12}));
  EXPECT_TRUE(again.places[4].rejected);
}

TEST_F(LedgerTest, NewChangedAndRemovedPhotos) {
  MakePhotos(12);
  Catalog catalog = List();
  Ledger ledger = *Read();
  Store(catalog, ledger);

  std::filesystem::remove(PhotoPath(2));
  WritePhoto(7, std::string(101, 'y'));
  WritePhoto(12, std::string(102, 'y'));
  catalog = List();
  ledger = *Read();
  EXPECT_EQ(WorkOf(ledger), (std::vector<std::size_t>{6, 11}));
  EXPECT_EQ(ledger.changed, 1U);
  EXPECT_EQ(ledger.gone, 1U);
  Store(catalog, ledger);
  ASSERT_TRUE(CompactParts(out_.folder(), kFingerprint, ledger, files_, {}));
  const std::vector<float> expected = {1, 2, 4, 6, 7, 101, 9, 11, 12, 102};
  EXPECT_EQ(StoredFeatures(ledger), expected);

  // After the sweep the parts hold the catalog and nothing else, thumbnails beside their rows.
  const Ledger swept = *Read();
  EXPECT_EQ(swept.gone, 0U);
  EXPECT_TRUE(swept.dead_parts.empty());
  EXPECT_EQ(StoredFeatures(swept), expected);
  for (const std::string& name : swept.parts) {
    const FeaturePart part = *ReadFeaturePart(out_.folder(), name, PartColumns::kAll);
    ASSERT_EQ(part.thumbnails.size(), part.rows.size());
    for (std::size_t i = 0; i < part.rows.size(); ++i) {
      EXPECT_EQ(part.thumbnails[i], "thumb of " + std::to_string(part.rows[i].size_bytes));
    }
  }
}

TEST_F(LedgerTest, APartWithNothingLeftIsRemoved) {
  MakePhotos(3);
  Catalog catalog = List();
  Ledger ledger = *Read();
  Store(catalog, ledger);
  for (int i = 0; i < 3; ++i) std::filesystem::remove(PhotoPath(i));
  WritePhoto(9, "new");
  catalog = List();
  ledger = *Read();
  Store(catalog, ledger);
  ASSERT_TRUE(CompactParts(out_.folder(), kFingerprint, ledger, files_, {}));
  const std::vector<std::string> parts = *ListFeatureParts(out_.folder());
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_TRUE(parts[0].starts_with("part-000001-")) << parts[0];
  EXPECT_EQ(StoredFeatures(ledger), (std::vector<float>{3}));
}

TEST_F(LedgerTest, APartWhoseFilesAreNotThoseThatRunJsonNamesIsWorkAgain) {
  MakePhotos(6);
  const Catalog catalog = List();
  for (const char* sub : {"thumbs/", "rejected/", "features/"}) {
    Ledger first = *Read();
    Store(catalog, first);
    const std::string name = sub + first.parts.back();
    WrittenFiles named = {{name, *out_.folder().Digest(name)}};
    EXPECT_TRUE(WorkOf(*Read(kFingerprint, named)).empty()) << name;
    named[name].sha256.back() ^= 1;
    EXPECT_EQ(Read("f2", named).error().code(), ErrorCode::kFailedPrecondition) << "not ours to remove";
    EXPECT_EQ(WorkOf(*Read(kFingerprint, named)).size(), 6U) << name;
    EXPECT_TRUE(out_.folder().List("")->empty()) << "all three files go";
  }
  Ledger first = *Read();
  Store(catalog, first);
  const std::string thumbs = "thumbs/" + first.parts.back();
  const WrittenFiles named = {{thumbs, *out_.folder().Digest(thumbs)}};
  ASSERT_TRUE(out_.folder().Remove(thumbs));
  EXPECT_TRUE(WorkOf(*Read()).empty());
  EXPECT_EQ(WorkOf(*Read(kFingerprint, named)).size(), 6U);
}

TEST_F(LedgerTest, ADamagedPartIsWorkAgain) {
  MakePhotos(3);
  const Catalog catalog = List();
  Ledger ledger = *Read();
  Store(catalog, ledger);
  const auto part = out_.path() / "features" / ledger.parts[0];
  std::filesystem::resize_file(part, std::filesystem::file_size(part) / 2);
  ledger = *Read();
  EXPECT_EQ(WorkOf(ledger).size(), 3U);
  EXPECT_FALSE(std::filesystem::exists(part));
}

TEST_F(LedgerTest, FeaturesOfAnotherFingerprintAreRefused) {
  MakePhotos(3);
  const Catalog catalog = List();
  Ledger ledger = *Read();
  Store(catalog, ledger);
  const auto other = Read("f2");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), ErrorCode::kFailedPrecondition);
}

}  // namespace
}  // namespace fruits
