#include "fruits/pipeline/fitted_folder.h"

#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <cmath>
#include <vector>

#include "temp_dir.h"

namespace fruits {
namespace {

using testing::HasSubstr;

Fitted MakeFitted() {
  std::vector<double> rows(12 * 5);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = std::sin(static_cast<double>(i * i));
  Moments moments(5);
  EXPECT_TRUE(moments.Add(MatrixView<const double>(rows.data(), 12, 5)));
  const auto scaler = StandardScaler::Fit(moments, {});
  return {*Pca::Fit(moments, *scaler, {.components = 3}), 12, std::move(moments), std::nullopt, ""};
}

class FittedFolderTest : public testing::Test {
 protected:
  // As a FruitsPCAModel leaves it: metadata/ is Spark's, data/ has the two files as rows.
  void SaveAsSpark(const std::vector<std::pair<std::string, std::string>>& files) const {
    arrow::StringBuilder names;
    arrow::BinaryBuilder contents;
    for (const auto& [name, content] : files) {
      ASSERT_TRUE(names.Append(name).ok());
      ASSERT_TRUE(contents.Append(content).ok());
    }
    dir_.Write("metadata/part-00000", "{}");
    dir_.Write("data/part-00000.snappy.parquet", "");
    const auto out = *arrow::io::FileOutputStream::Open(dir_ / "data/part-00000.snappy.parquet");
    const auto schema =
        arrow::schema({arrow::field("name", arrow::utf8()), arrow::field("content", arrow::binary())});
    const auto table = arrow::Table::Make(schema, {*names.Finish(), *contents.Finish()});
    const auto snappy =
        parquet::WriterProperties::Builder().compression(parquet::Compression::SNAPPY)->build();
    ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, 1024, snappy).ok());
    ASSERT_TRUE(out->Close().ok());
  }
  Result<Fitted> Read() const {
    Storage storage;
    return ReadFittedFolder(storage, dir_.path().string(), "");
  }

  const test::TempDir dir_;
};

TEST_F(FittedFolderTest, ReadsWhatSparkSaved) {
  const Fitted fitted = MakeFitted();
  const auto files = SerializeFitted(fitted);
  ASSERT_TRUE(files);
  SaveAsSpark({{"metadata.json", files->metadata}, {"tensors.safetensors", files->tensors}});
  const auto loaded = Read();
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_TRUE(std::ranges::equal(loaded->pca.eigenvalues(), fitted.pca.eigenvalues()));
  EXPECT_TRUE(std::ranges::equal(loaded->moments->scatter(), fitted.moments->scatter()));
}

TEST_F(FittedFolderTest, APlainFitComesFirst) {
  const Fitted fitted = MakeFitted();
  Storage storage;
  ASSERT_TRUE(SaveFittedFolder(storage, dir_.path().string(), "", fitted));
  SaveAsSpark({{"metadata.json", "{}"}, {"tensors.safetensors", ""}});
  EXPECT_TRUE(Read());
}

TEST_F(FittedFolderTest, SaysWhatIsMissing) {
  const auto nothing = Read();
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(nothing.error().message(), HasSubstr("metadata.json"));
  SaveAsSpark({{"metadata.json", "{}"}});
  const auto half = Read();
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(half.error().message(), HasSubstr("holds no tensors.safetensors"));
}

}  // namespace
}  // namespace fruits
