#include "fruits/io/feature_table.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <cmath>

#include "fruits/io/feature_part.h"
#include "fruits/io/storage.h"
#include "temp_dir.h"
#include "test_data.h"

namespace fruits {
namespace {

Result<std::unique_ptr<FeatureTableReader>> OpenTable(const std::string& path,
                                                      const std::string& column = "features") {
  auto file = OpenLocalFile(path);
  if (!file) return std::unexpected(file.error());
  return FeatureTableReader::Open(std::move(*file), path, column);
}

using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<arrow::Array> Texts(const std::vector<std::string>& values) {
  arrow::LargeStringBuilder builder;
  for (const std::string& value : values)
    EXPECT_TRUE((value == "null" ? builder.AppendNull() : builder.Append(value)).ok());
  return *builder.Finish();
}

// One list a row; a NaN stands for a null element.
template <typename ListBuilder, typename ValueBuilder>
std::shared_ptr<arrow::Array> Lists(const std::vector<std::vector<double>>& rows) {
  auto values = std::make_shared<ValueBuilder>();
  ListBuilder lists(arrow::default_memory_pool(), values);
  for (const auto& row : rows) {
    EXPECT_TRUE(lists.Append().ok());
    for (const double x : row) {
      EXPECT_TRUE(
          (x != x ? values->AppendNull() : values->Append(static_cast<typename ValueBuilder::value_type>(x)))
              .ok());
    }
  }
  return *lists.Finish();
}

std::shared_ptr<arrow::Array> FloatLists(const std::vector<std::vector<double>>& rows) {
  return Lists<arrow::ListBuilder, arrow::FloatBuilder>(rows);
}

class FeatureTableTest : public testing::Test {
 protected:
  void Write(const std::vector<std::string>& names, const std::vector<std::shared_ptr<arrow::Array>>& columns,
             std::int64_t rows_per_group = 1000) {
    arrow::FieldVector fields;
    for (std::size_t i = 0; i < names.size(); ++i)
      fields.push_back(arrow::field(names[i], columns[i]->type()));
    const auto table = arrow::Table::Make(arrow::schema(fields), columns);
    const auto file = *arrow::io::FileOutputStream::Open(path_);
    const auto status = parquet::arrow::WriteTable(
        *table, arrow::default_memory_pool(), file, rows_per_group, parquet::default_writer_properties(),
        parquet::ArrowWriterProperties::Builder().store_schema()->build());
    ASSERT_TRUE(status.ok()) << status.ToString();
    ASSERT_TRUE(file->Close().ok());
  }
  // The error of opening or of reading to the end.
  Error ReadToError() {
    auto reader = OpenTable(path_);
    if (!reader) return reader.error();
    while (true) {
      auto batch = (*reader)->Next(2);
      if (!batch) return batch.error();
      if (batch->paths.empty()) return Error(ErrorCode::kInternal, "no error");
    }
  }

  const TempDir dir_;
  const std::string path_ = dir_ / "table.parquet";
};

TEST_F(FeatureTableTest, GivesRowsInFileOrderAcrossRowGroups) {
  Write({"label", "features", "extra", "path"},
        {Texts({"x", "y", "x", "z", "y"}), FloatLists({{1, 0.1F}, {2, 3}, {4, 5}, {6, 7}, {8, 9}}),
         Texts({"1", "2", "3", "4", "5"}), Texts({"a", "b", "c", "d", "e"})},
        2);
  auto reader = OpenTable(path_);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ((*reader)->dimension(), 2U);
  EXPECT_EQ((*reader)->rows(), 5U);
  const auto first = (*reader)->Next(3);
  ASSERT_TRUE(first);
  EXPECT_THAT(first->paths, ElementsAre("a", "b", "c"));
  EXPECT_THAT(first->labels, ElementsAre("x", "y", "x"));
  EXPECT_THAT(first->features, ElementsAre(1.0, static_cast<double>(0.1F), 2.0, 3.0, 4.0, 5.0));
  const auto second = (*reader)->Next(100);
  ASSERT_TRUE(second);
  EXPECT_THAT(second->paths, ElementsAre("d", "e"));
  EXPECT_THAT(second->features, ElementsAre(6, 7, 8, 9));
  EXPECT_TRUE((*reader)->Next(100)->paths.empty());
  EXPECT_TRUE((*reader)->Next(100)->paths.empty());
}

TEST_F(FeatureTableTest, TakesLargeListsOfDoublesWithoutLabels) {
  Write({"path", "features"},
        {Texts({"a", "b"}), Lists<arrow::LargeListBuilder, arrow::DoubleBuilder>({{0.1}, {1e-300}})});
  auto reader = OpenTable(path_);
  ASSERT_TRUE(reader) << reader.error().message();
  const auto batch = (*reader)->Next(10);
  ASSERT_TRUE(batch);
  EXPECT_THAT(batch->labels, ElementsAre("", ""));
  EXPECT_THAT(batch->features, ElementsAre(0.1, 1e-300));
}

TEST_F(FeatureTableTest, TakesCategoriesAsLabels) {
  arrow::StringDictionaryBuilder labels;
  for (const char* label : {"kiwi", "fig", "kiwi"}) ASSERT_TRUE(labels.Append(label).ok());
  Write({"path", "label", "features"},
        {Texts({"a", "b", "c"}), *labels.Finish(), FloatLists({{1}, {2}, {3}})});
  // Written with their schema, they come back as categories.
  auto reader = OpenTable(path_);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_THAT((*reader)->Next(10)->labels, ElementsAre("kiwi", "fig", "kiwi"));
}

TEST_F(FeatureTableTest, ReadsThePartsOfARun) {
  const auto folder = *Storage().OpenFolder({Scheme::kFile, "", dir_.path()});
  ASSERT_TRUE(WriteFeaturePart(*folder, "part-000000-0badcafe.parquet",
                               {.fingerprint = "f",
                                .dimension = 2,
                                .rows = {{.path = "file:///a", .label = "l"}, {.path = "file:///b"}},
                                .features = {1, 2, 3, 4}}));
  auto reader = OpenTable(dir_ / "features/part-000000-0badcafe.parquet");
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ((*reader)->dimension(), 2U);
  const auto batch = (*reader)->Next(10);
  ASSERT_TRUE(batch);
  EXPECT_THAT(batch->paths, ElementsAre("file:///a", "file:///b"));
  EXPECT_THAT(batch->features, ElementsAre(1, 2, 3, 4));
}

TEST_F(FeatureTableTest, ReadsVectorsOfAnotherName) {
  Write({"path", "scores", "features"},
        {Texts({"a", "b"}), FloatLists({{1}, {2}}), FloatLists({{3, 4}, {5, 6}})});
  auto reader = OpenTable(path_, "scores");
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_THAT((*reader)->Next(10)->features, ElementsAre(1, 2));
  EXPECT_THAT(OpenTable(path_, "other").error().message(), HasSubstr("the column other is missing"));
}

TEST_F(FeatureTableTest, AnEmptyTableHasNoRows) {
  Write({"path", "features"}, {Texts({}), FloatLists({})});
  auto reader = OpenTable(path_);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ((*reader)->rows(), 0U);
  EXPECT_TRUE((*reader)->Next(10)->paths.empty());
}

TEST_F(FeatureTableTest, NamesTheColumnThatDoesNotFit) {
  Write({"path"}, {Texts({"a"})});
  Error error = ReadToError();
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message(), HasSubstr("column features is missing"));
  Write({"path", "features"}, {Texts({"a"}), Texts({"[1,2]"})});
  error = ReadToError();
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message(),
              HasSubstr("column features is large_string; expected a list of float or double"));
  Write({"path", "features"}, {FloatLists({{1}}), FloatLists({{1}})});
  EXPECT_THAT(ReadToError().message(), HasSubstr("column path"));
}

TEST_F(FeatureTableTest, NamesTheRowThatDoesNotFit) {
  Write({"path", "features"}, {Texts({"a", "b", "c", "d"}), FloatLists({{1, 2}, {1, 2}, {1, 2}, {1}})}, 2);
  Error error = ReadToError();
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message(), HasSubstr("row 3 has 1 features; expected 2"));
  Write({"path", "features"}, {Texts({"a", "null"}), FloatLists({{1, 2}, {1, 2}})});
  EXPECT_THAT(ReadToError().message(), HasSubstr("row 1 has a null path"));
  Write({"path", "features"}, {Texts({"a", "b"}), FloatLists({{1, 2}, {1, NAN}})});
  EXPECT_THAT(ReadToError().message(), HasSubstr("row 1 has a null among its features"));
}

TEST_F(FeatureTableTest, NamesTheFileAndTheRowWhoseTextIsNotUtf8) {
  Write({"path", "features"}, {Texts({"a", "é", "c\xFF.jpg"}), FloatLists({{1}, {2}, {3}})}, 2);
  Error error = ReadToError();
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message(), path_ +
                                 ": row 2 has a path that is not UTF-8, 'c%FF.jpg'; expected UTF-8 (in a "
                                 "path, other bytes as %XX)");
  Write({"path", "label", "features"}, {Texts({"a", "b"}), Texts({"x", "\xC3("}), FloatLists({{1}, {2}})});
  EXPECT_THAT(ReadToError().message(),
              AllOf(HasSubstr(path_ + ": row 1 has a label that is not UTF-8, '%C3('")));
  arrow::StringDictionaryBuilder labels;
  for (const char* label : {"kiwi",
                            "f\xE9"
                            "e"})
    ASSERT_TRUE(labels.Append(label).ok());
  Write({"path", "label", "features"}, {Texts({"a", "b"}), *labels.Finish(), FloatLists({{1}, {2}})});
  EXPECT_THAT(ReadToError().message(), HasSubstr("row 1 has a label"));
}

TEST_F(FeatureTableTest, SaysWhatIsNoTable) {
  EXPECT_EQ(ReadToError().code(), ErrorCode::kNotFound);
  dir_.Write("table.parquet", "path,features\n1,2\n");
  EXPECT_EQ(ReadToError().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(ReadToError().message(), HasSubstr("table.parquet"));
}

TEST(FeatureTable, ReadsTheReferenceFeatures) {
  FRUITS_REQUIRE_DATA(data);
  auto reader = OpenTable((data / "golden/golden.parquet").string());
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ((*reader)->dimension(), 2048U);
  EXPECT_EQ((*reader)->rows(), 30U);
  const auto batch = (*reader)->Next(100);
  ASSERT_TRUE(batch) << batch.error().message();
  EXPECT_EQ(batch->features.size(), 30U * 2048U);
  EXPECT_NE(batch->labels[0], "");
}

}  // namespace
}  // namespace fruits
