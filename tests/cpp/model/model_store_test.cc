#include "fruits/model/model_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/test_models.h"

namespace fruits {
namespace {

using ::testing::HasSubstr;

class ModelStoreTest : public ::testing::Test {
 protected:
  ModelStore Open(const std::filesystem::path& path) {
    return ModelStore::Open(storage_, path.string(), "/").value();
  }
  Storage storage_;
};

TEST_F(ModelStoreTest, ListsByNameWithBrokenBundlesInPlace) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path() / "b");
  test::MakeConvBundle(folder.path() / "a");
  std::filesystem::create_directories(folder.path() / "broken");
  test::WriteText(folder.path() / "broken" / "bundle.json", "{}");
  std::filesystem::create_directories(folder.path() / "not-a-model");
  test::WriteText(folder.path() / "file", "");
  const auto models = Open(folder.path()).List();
  ASSERT_TRUE(models);
  const auto& listed = *models;
  ASSERT_EQ(listed.size(), 3U);
  EXPECT_EQ(listed[0].name, "a");
  EXPECT_TRUE(listed[0].bundle);
  EXPECT_EQ(listed[1].name, "b");
  EXPECT_EQ(listed[2].name, "broken");
  ASSERT_FALSE(listed[2].bundle);
  EXPECT_EQ(listed[2].bundle.error().code(), ErrorCode::kCorrupt);
}

TEST_F(ModelStoreTest, AStoreThatDoesNotExistIsEmpty) {
  EXPECT_TRUE(Open("/nonexistent/store").List()->empty());
}

TEST_F(ModelStoreTest, FindsByNameAndByPath) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path() / "store" / "conv");
  test::MakeConvBundle(folder.path() / "elsewhere");
  const ModelStore store = Open(folder.path() / "store");
  const auto by_name = store.Find("conv");
  ASSERT_TRUE(by_name) << by_name.error().message();
  EXPECT_EQ(by_name->directory, (folder.path() / "store" / "conv").string());
  const auto by_path = store.Find((folder.path() / "elsewhere").string());
  ASSERT_TRUE(by_path) << by_path.error().message();
  EXPECT_EQ(by_path->directory, (folder.path() / "elsewhere").string());
}

TEST_F(ModelStoreTest, NotFoundSaysWhatIsThereAndHowToGetIt) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path() / "conv");
  const auto found = Open(folder.path()).Find("resnet50");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(found.error().message(), HasSubstr("'resnet50'"));
  EXPECT_THAT(found.error().message(), HasSubstr(folder.path().string()));
  EXPECT_THAT(found.error().message(), HasSubstr("conv"));
  EXPECT_THAT(found.error().message(), HasSubstr("fruits models import resnet50"));
}

TEST_F(ModelStoreTest, ANameNeverLeavesTheStore) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path() / "store");  // the store's own folder holds a bundle
  std::filesystem::create_directories(folder.path() / "store" / "inner");
  const ModelStore store = Open(folder.path() / "store" / "inner");
  for (const char* name : {"..", ".", "../", ""}) EXPECT_FALSE(store.Find(name)) << name;
}

TEST_F(ModelStoreTest, ARelativeStoreIsBelowTheWorkingDirectory) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path() / "store" / "conv");
  const auto store = ModelStore::Open(storage_, "store", folder.path().string());
  ASSERT_TRUE(store);
  EXPECT_EQ(store->address(), folder / "store");
  EXPECT_EQ(store->Find("conv")->directory, folder / "store/conv");
  EXPECT_EQ(store->Find("store/conv")->directory, folder / "store/conv");
}

TEST_F(ModelStoreTest, VerifiesWhereTheBundleLies) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path() / "conv");
  const ModelStore store = Open(folder.path());
  const auto bundle = store.Find("conv");
  ASSERT_TRUE(bundle);
  EXPECT_TRUE(store.Verify(*bundle));
  test::WriteText(folder / "conv/model.bin", "other");
  EXPECT_EQ(store.Verify(*bundle).error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(store.Verify(*bundle).error().message(), HasSubstr("model.bin has SHA-256"));
  std::filesystem::remove(folder / "conv/model.bin");
  EXPECT_THAT(store.Verify(*bundle).error().message(), HasSubstr("model.bin is missing"));
}

TEST_F(ModelStoreTest, AStoreThatCannotBeReadIsNamedAsTheOption) {
  for (const char* address : {"gs://bucket/models", "s3://", ""}) {
    const auto store = ModelStore::Open(storage_, address, "/");
    ASSERT_FALSE(store) << address;
    EXPECT_EQ(store.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(store.error().message(), HasSubstr(std::string("--models (or FRUITS_MODELS) ") + address));
  }
  test::TempDir folder;
  folder.Write("file");
  EXPECT_THAT(Open(folder / "file").List().error().message(),
              HasSubstr("--models (or FRUITS_MODELS) " + (folder / "file")));
}

TEST(DefaultStoreDirectoryTest, TakesTheFirstThatIsGiven) {
  EXPECT_EQ(DefaultStoreDirectory("/o", "/f", "/x", "/h"), "/o");
  EXPECT_EQ(DefaultStoreDirectory("", "/f", "/x", "/h"), "/f");
  EXPECT_EQ(DefaultStoreDirectory("", "", "/x", "/h"), "/x/fruits/models");
  EXPECT_EQ(DefaultStoreDirectory("", "s3://b/f", "/x", "/h"), "s3://b/f");
  EXPECT_EQ(DefaultStoreDirectory("", "", "", "/h"), "/h/.cache/fruits/models");
  EXPECT_EQ(DefaultStoreDirectory("", "", "relative", "/h"), "/h/.cache/fruits/models");
}

}  // namespace
}  // namespace fruits
