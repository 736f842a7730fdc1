#include "fruits/io/stored_files.h"

#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include "fruits/io/storage.h"
#include "temp_dir.h"

namespace fruits {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using Texts = std::vector<std::optional<std::string>>;

template <typename Builder>
std::shared_ptr<arrow::Array> Column(const Texts& values) {
  Builder builder;
  for (const auto& value : values) EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  return *builder.Finish();
}

class StoredFilesTest : public testing::Test {
 protected:
  void Write(const std::string& file, const std::shared_ptr<arrow::Array>& names,
             const std::shared_ptr<arrow::Array>& contents, const std::string& second = "content") const {
    dir_.Write(file, "");
    const auto schema =
        arrow::schema({arrow::field("name", names->type()), arrow::field(second, contents->type())});
    const auto out = *arrow::io::FileOutputStream::Open(dir_ / file);
    ASSERT_TRUE(parquet::arrow::WriteTable(*arrow::Table::Make(schema, {names, contents}),
                                           arrow::default_memory_pool(), out)
                    .ok());
    ASSERT_TRUE(out->Close().ok());
  }

  auto Read() const {
    const auto folder =
        Storage().OpenFolder({.scheme = Scheme::kFile, .bucket = {}, .raw = dir_.path().string()});
    return ReadStoredFiles(**folder, "data/");
  }

  std::string ReadToError() const {
    const auto files = Read();
    EXPECT_FALSE(files);
    if (files) return "";
    EXPECT_EQ(files.error().code(), ErrorCode::kCorrupt);
    return files.error().message();
  }

  const test::TempDir dir_;
};

TEST_F(StoredFilesTest, GathersAllPartsAndLeavesSparksOwnFilesAlone) {
  const std::string bytes("\0\xff", 2);
  Write("data/part-00000.snappy.parquet", Column<arrow::StringBuilder>({"a"}),
        Column<arrow::BinaryBuilder>({bytes}));
  Write("data/part-00001.snappy.parquet", Column<arrow::StringBuilder>({"b", "c"}),
        Column<arrow::BinaryBuilder>({"", "x"}));
  dir_.Write("data/_SUCCESS", "");
  dir_.Write("data/.part-00000.snappy.parquet.crc", "crc");
  dir_.Write("data/_temporary/0/part-00000.parquet", "half");
  dir_.Write("data/_half.parquet", "half");
  dir_.Write("metadata/part-00000", "{}");
  const auto files = Read();
  ASSERT_TRUE(files) << files.error().message();
  EXPECT_THAT(*files, ElementsAre(Pair("a", bytes), Pair("b", ""), Pair("c", "x")));
}

TEST_F(StoredFilesTest, NoTableIsNoFiles) {
  const auto files = Read();
  ASSERT_TRUE(files) << files.error().message();
  EXPECT_THAT(*files, IsEmpty());
}

TEST_F(StoredFilesTest, SaysWhatIsWrongAndWhere) {
  const auto name = Column<arrow::StringBuilder>({"a"});
  const auto content = Column<arrow::BinaryBuilder>({"x"});
  Write("data/p.parquet", name, content, "bytes");
  EXPECT_THAT(ReadToError(), HasSubstr("data/p.parquet: the column content is missing"));
  Write("data/p.parquet", name, Column<arrow::BinaryBuilder>({std::nullopt}));
  EXPECT_THAT(ReadToError(), HasSubstr("the column content has a null"));
  arrow::Int32Builder number;
  ASSERT_TRUE(number.Append(1).ok());
  Write("data/p.parquet", name, *number.Finish());
  EXPECT_THAT(ReadToError(), HasSubstr("the column content is int32; expected text or bytes"));
  Write("data/p.parquet", Column<arrow::StringBuilder>({"a", "a"}), Column<arrow::BinaryBuilder>({"x", "y"}));
  EXPECT_THAT(ReadToError(), HasSubstr("a is there twice"));
  Write("data/p.parquet", Column<arrow::StringBuilder>(Texts(65, "a")),
        Column<arrow::BinaryBuilder>(Texts(65, "x")));
  EXPECT_THAT(ReadToError(), HasSubstr("65 rows, expected at most 64"));
  dir_.Write("data/p.parquet", "no table");
  EXPECT_THAT(ReadToError(), HasSubstr("p.parquet"));
}

}  // namespace
}  // namespace fruits
