#include "pipeline/plan.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "fruits/core/bounded_queue.h"

namespace fruits {
namespace {

// Pages as the test hands them over.
class SlowListing : public Listing {
 public:
  explicit SlowListing(BoundedQueue<Result<std::vector<ListedPhoto>>>& pages) : pages_(pages) {}
  Result<std::vector<ListedPhoto>> Next() override {
    auto page = pages_.Pop();
    return page ? std::move(*page) : std::vector<ListedPhoto>();
  }
  const std::vector<ListingProblem>& problems() const override { return problems_; }

 private:
  BoundedQueue<Result<std::vector<ListedPhoto>>>& pages_;
  std::vector<ListingProblem> problems_;
};

ListedPhoto Photo(const std::string& raw, const std::string& etag = "e") {
  return {.raw = raw, .size_bytes = 5, .mtime_ns = 7, .etag = etag};
}

class PlanTest : public testing::Test {
 protected:
  ~PlanTest() override { pages_.Close(); }  // for the thread that lists on
  void Give(std::vector<ListedPhoto> page) { pages_.Push(std::move(page)); }
  std::string NextRaw() {
    const auto photo = plan_.Next();
    if (!photo) return "error: " + photo.error().message();
    return *photo ? std::to_string((*photo)->row) + " " + (*photo)->raw : "none";
  }

  BoundedQueue<Result<std::vector<ListedPhoto>>> pages_{10};
  Plan plan_{std::make_unique<SlowListing>(pages_)};
  Ledger ledger_;
};

TEST_F(PlanTest, WorkBeginsBeforeTheListingEnds) {
  Give({Photo("s3://b/1"), Photo("s3://b/2")});
  ASSERT_TRUE(plan_.Fetch());
  plan_.Begin({}, ledger_);
  EXPECT_EQ(NextRaw(), "0 s3://b/1");
  EXPECT_EQ(NextRaw(), "1 s3://b/2");
  EXPECT_FALSE(plan_.listed());
  std::string third;
  std::jthread reader([&] { third = NextRaw(); });
  EXPECT_EQ(plan_.size(), 2U) << "rows can be asked for while a reader waits for the listing";
  Give({Photo("s3://b/3")});
  reader.join();
  EXPECT_EQ(third, "2 s3://b/3");
  pages_.Close();
  EXPECT_EQ(NextRaw(), "none");
  EXPECT_EQ(NextRaw(), "none");
  EXPECT_TRUE(plan_.listed());
  EXPECT_EQ(ledger_.places.size(), 3U);
}

TEST_F(PlanTest, StoredRowsAreKeptUnlessTheyChanged) {
  ledger_.parts = {"part-000000-0badcafe.parquet", "part-000001-0badcafe.parquet"};
  ledger_.part_rows = {3, 2};
  StoredIndex stored;
  const FileFacts facts{
      .size_bytes = 5, .mtime_ns = 1, .etag = "e"};  // where there is an ETag the time is not asked
  stored.Add("s3://b/1", facts, {.part = 0, .row = 0, .rejected = 0});
  stored.Add("s3://b/2", facts, {.part = 0, .row = 1, .rejected = 0});
  stored.Add("s3://b/gone", facts, {.part = 0, .row = 2, .rejected = 0});
  stored.Add("s3://b/4", facts, {.part = 1, .row = 0, .rejected = 1});
  stored.AddStale("s3://b/5");
  stored.Seal();
  Give(
      {Photo("s3://b/1"), Photo("s3://b/2", "new"), Photo("s3://b/3"), Photo("s3://b/4"), Photo("s3://b/5")});
  pages_.Close();
  ASSERT_TRUE(plan_.Fetch());
  plan_.Begin(std::move(stored), ledger_);
  EXPECT_EQ(NextRaw(), "1 s3://b/2");
  EXPECT_EQ(NextRaw(), "2 s3://b/3");
  EXPECT_EQ(NextRaw(), "4 s3://b/5");
  EXPECT_EQ(NextRaw(), "none");
  EXPECT_EQ(ledger_.kept, 2U);
  EXPECT_EQ(ledger_.kept_rejected, 1U);
  EXPECT_EQ(ledger_.changed, 2U);
  EXPECT_EQ(ledger_.gone, 1U);
  EXPECT_EQ(ledger_.dead_parts, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_TRUE(plan_.place(3).rejected);
}

TEST_F(PlanTest, AListingThatBreaksItsOrderIsAnError) {
  Give({Photo("s3://b/2"), Photo("s3://b/1")});
  const Status fetched = plan_.Fetch();
  ASSERT_FALSE(fetched);
  EXPECT_NE(fetched.error().message().find("s3://b/1 was listed out of order"), std::string::npos);
}

TEST_F(PlanTest, AFailedListingIsTheReadersError) {
  Give({Photo("s3://b/1")});
  ASSERT_TRUE(plan_.Fetch());
  plan_.Begin({}, ledger_);
  pages_.Push(Fail(ErrorCode::kUnavailable, "the server is away"));
  EXPECT_EQ(NextRaw(), "0 s3://b/1");
  EXPECT_EQ(NextRaw(), "error: the server is away");
}

TEST_F(PlanTest, TheCheckOfAllSeesTheirNumber) {
  Give({Photo("s3://b/1")});
  ASSERT_TRUE(plan_.Fetch());
  plan_.Begin({}, ledger_);
  ASSERT_TRUE(plan_.OnListed([](const Catalog& catalog) {
    return Status(Fail(ErrorCode::kNotFound, std::to_string(catalog.size()) + " photos"));
  }));
  pages_.Close();
  EXPECT_EQ(NextRaw(), "0 s3://b/1");
  EXPECT_EQ(NextRaw(), "error: 1 photos");
}

TEST_F(PlanTest, TheNumberIsKnownBeforeTheWorkIsDone) {
  Give({Photo("s3://b/1"), Photo("s3://b/2")});
  ASSERT_TRUE(plan_.Fetch());
  plan_.Begin({}, ledger_);
  EXPECT_FALSE(plan_.listed());
  Give({Photo("s3://b/3")});
  pages_.Close();
  // Nobody asks for a photo meanwhile.
  for (int i = 0; i < 1000 && !plan_.listed(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(plan_.listed());
  EXPECT_EQ(plan_.size(), 3U);
}

}  // namespace
}  // namespace fruits
