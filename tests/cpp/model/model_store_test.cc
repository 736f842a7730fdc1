#include "fruits/model/model_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/test_models.h"

namespace fruits {
namespace {

using ::testing::HasSubstr;

TEST(ModelStoreTest, ListsByNameWithBrokenBundlesInPlace) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path() / "b");
  test::MakeConvBundle(folder.path() / "a");
  std::filesystem::create_directories(folder.path() / "broken");
  test::WriteText(folder.path() / "broken" / "bundle.json", "{}");
  std::filesystem::create_directories(folder.path() / "not-a-model");
  test::WriteText(folder.path() / "file", "");
  const auto listed = ModelStore(folder.path().string()).List();
  ASSERT_EQ(listed.size(), 3U);
  EXPECT_EQ(listed[0].name, "a");
  EXPECT_TRUE(listed[0].bundle);
  EXPECT_EQ(listed[1].name, "b");
  EXPECT_EQ(listed[2].name, "broken");
  ASSERT_FALSE(listed[2].bundle);
  EXPECT_EQ(listed[2].bundle.error().code(), ErrorCode::kCorrupt);
}

TEST(ModelStoreTest, AStoreThatDoesNotExistIsEmpty) {
  EXPECT_TRUE(ModelStore("/nonexistent/store").List().empty());
}

TEST(ModelStoreTest, FindsByNameAndByPath) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path() / "store" / "conv");
  test::MakeConvBundle(folder.path() / "elsewhere");
  const ModelStore store((folder.path() / "store").string());
  const auto by_name = store.Find("conv");
  ASSERT_TRUE(by_name) << by_name.error().message();
  EXPECT_EQ(by_name->directory, (folder.path() / "store" / "conv").string());
  const auto by_path = store.Find((folder.path() / "elsewhere").string());
  ASSERT_TRUE(by_path) << by_path.error().message();
  EXPECT_EQ(by_path->directory, (folder.path() / "elsewhere").string());
}

TEST(ModelStoreTest, NotFoundSaysWhatIsThereAndHowToGetIt) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path() / "conv");
  const auto found = ModelStore(folder.path().string()).Find("resnet50");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(found.error().message(), HasSubstr("'resnet50'"));
  EXPECT_THAT(found.error().message(), HasSubstr(folder.path().string()));
  EXPECT_THAT(found.error().message(), HasSubstr("conv"));
  EXPECT_THAT(found.error().message(), HasSubstr("fruits models import resnet50"));
}

TEST(ModelStoreTest, ANameNeverLeavesTheStore) {
  test::TempDir folder;
  test::MakeConvBundle(folder.path() / "store");  // the store's own folder holds a bundle
  std::filesystem::create_directories(folder.path() / "store" / "inner");
  const ModelStore store((folder.path() / "store" / "inner").string());
  for (const char* name : {"..", ".", "../", ""}) EXPECT_FALSE(store.Find(name)) << name;
}

TEST(DefaultStoreDirectoryTest, TakesTheFirstThatIsGiven) {
  EXPECT_EQ(DefaultStoreDirectory("/o", "/f", "/x", "/h"), "/o");
  EXPECT_EQ(DefaultStoreDirectory("", "/f", "/x", "/h"), "/f");
  EXPECT_EQ(DefaultStoreDirectory("", "", "/x", "/h"), "/x/fruits/models");
  EXPECT_EQ(DefaultStoreDirectory("", "", "", "/h"), "/h/.cache/fruits/models");
  EXPECT_EQ(DefaultStoreDirectory("", "", "relative", "/h"), "/h/.cache/fruits/models");
}

}  // namespace
}  // namespace fruits
