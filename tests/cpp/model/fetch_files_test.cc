#include "model/fetch_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fruits/core/sha256.h"
#include "fruits/io/storage.h"
#include "temp_dir.h"

namespace fruits {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A folder of one's own stands for the bucket: both are Folders.
class FetchFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    there_.Write("model.xml", "<net/>");
    there_.Write("model.bin", big_);
    there_.Write("sub/weights.bin", "");
  }

  static std::unique_ptr<Folder> Open(const std::string& path) {
    return *Storage().OpenFolder({Scheme::kFile, "", path});
  }
  std::map<std::string, FileFacts> Facts() const {
    std::map<std::string, FileFacts> facts;
    for (const auto& [name, digest] : digests_) facts[name] = **from_->Facts(name);
    return facts;
  }
  void ExpectAllHere() const {
    for (const auto& [name, digest] : digests_)
      EXPECT_EQ(ToHex(*Sha256OfFile(here_ / ("c/" + name))), digest) << name;
  }
  std::vector<std::string> Here() const { return *to_->List(""); }

  test::TempDir there_;
  test::TempDir here_;
  const std::string big_ = std::string(20'000'000, 'a') + "end";  // more than two pieces
  const Digests digests_ = {{"model.xml", ToHex(Sha256Of("<net/>"))},
                            {"model.bin", ToHex(Sha256Of(big_))},
                            {"sub/weights.bin", ToHex(Sha256Of(""))}};
  const std::unique_ptr<Folder> from_ = Open(there_.path().string());
  const std::unique_ptr<Folder> to_ = Open(here_ / "c");
};

TEST_F(FetchFilesTest, OnceAndNotAgain) {
  ASSERT_TRUE(FetchFiles(*from_, digests_, *to_));
  ExpectAllHere();
  for (const auto& [name, digest] : digests_) ASSERT_TRUE(from_->Remove(name));
  EXPECT_TRUE(FetchFiles(*from_, digests_, *to_));
  EXPECT_THAT(Here(), UnorderedElementsAre("model.xml", "model.bin", "sub/weights.bin"));
}

TEST_F(FetchFilesTest, WhatIsDamagedOrGoneHereComesAgain) {
  ASSERT_TRUE(FetchFiles(*from_, digests_, *to_));
  here_.Write("c/model.bin", "a");
  std::filesystem::remove(here_ / "c/model.xml");
  ASSERT_TRUE(from_->Remove("sub/weights.bin"));  // the one that is whole is not asked for
  ASSERT_TRUE(FetchFiles(*from_, digests_, *to_));
  ExpectAllHere();
}

TEST_F(FetchFilesTest, WhatIsWrongThereNeverAppearsHere) {
  there_.Write("model.bin", "other");
  const Status wrong = FetchFiles(*from_, digests_, *to_);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(wrong.error().message(), HasSubstr(from_->Address("model.bin") + " has SHA-256 "));
  EXPECT_THAT(wrong.error().message(), HasSubstr("expected " + digests_.at("model.bin")));
  EXPECT_THAT(Here(), IsEmpty());
  ASSERT_TRUE(from_->Remove("model.bin"));
  const Status missing = FetchFiles(*from_, digests_, *to_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(missing.error().message(), HasSubstr(from_->Address("model.bin") + " is missing, expected"));
}

TEST_F(FetchFilesTest, FilesOfUnknownDigestsAreKnownAfterwards) {
  ASSERT_TRUE(FetchFiles(*from_, Facts(), *to_));
  ExpectAllHere();
  std::string sums;
  for (const auto& [name, digest] : digests_) sums += digest + "  " + name + "\n";
  EXPECT_EQ(*to_->Read("SHA256SUMS"), sums);
  const auto facts = Facts();
  for (const auto& [name, digest] : digests_) ASSERT_TRUE(from_->Remove(name));
  EXPECT_TRUE(FetchFiles(*from_, facts, *to_));
}

TEST_F(FetchFilesTest, FilesOfUnknownDigestsAreMendedToo) {
  for (const char* damaged : {"c/model.bin", "c/SHA256SUMS"}) {
    ASSERT_TRUE(FetchFiles(*from_, Facts(), *to_));
    here_.Write(damaged, "damaged");
    ASSERT_TRUE(FetchFiles(*from_, Facts(), *to_));
    ExpectAllHere();
    std::filesystem::remove(here_ / damaged);
    ASSERT_TRUE(FetchFiles(*from_, Facts(), *to_));
    ExpectAllHere();
  }
}

TEST_F(FetchFilesTest, AFileThatIsReplacedMeanwhileIsNotTaken) {
  auto facts = Facts();
  facts["model.xml"].etag = "of before";
  const Status status = FetchFiles(*from_, facts, *to_);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(status.error().message(), HasSubstr(from_->Address("model.xml") + " was replaced"));
  EXPECT_FALSE(*to_->Exists("SHA256SUMS"));
}

TEST_F(FetchFilesTest, ManyAtOnce) {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const Status named = FetchFiles(*from_, digests_, *to_);
        EXPECT_TRUE(named) << named.error().message();
        if (i % 2 == 0) {
          const Status found = FetchFiles(*from_, Facts(), *to_);
          EXPECT_TRUE(found) << found.error().message();
        }
      });
    }
    threads.clear();
    ExpectAllHere();
    EXPECT_EQ(Here().size(), 4U);
    std::filesystem::remove_all(here_ / "c");
  }
}

TEST_F(FetchFilesTest, WhatAKilledProcessLeftGoes) {
  here_.Write("c/.tmp-4000000-0-model.bin", "half");
  ASSERT_TRUE(FetchFiles(*from_, digests_, *to_));
  EXPECT_FALSE(std::filesystem::exists(here_ / "c/.tmp-4000000-0-model.bin"));
}

}  // namespace
}  // namespace fruits
