#include "io/s3/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "fake_s3.h"

namespace fruits::io {
namespace {

using test::FakeS3;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kPhotoGlobs = {"*.jpg", "*.jpeg", "*.png", "*.webp"};

std::vector<RemoteInput> Inputs(const std::vector<std::string>& texts) {
  std::vector<RemoteInput> inputs;
  for (const std::string& text : texts) inputs.push_back({*ParseUri(text, "/"), text});
  return inputs;
}

Result<std::vector<std::string>> ListAll(std::shared_ptr<FakeS3> s3, const std::vector<std::string>& inputs,
                                         const std::vector<std::string>& globs = kPhotoGlobs,
                                         const S3ListingOptions& options = {}) {
  S3Listing listing(std::move(s3), Inputs(inputs), globs, {}, options);
  std::vector<std::string> raws;
  while (true) {
    FRUITS_TRY(const auto photos, listing.Next());
    if (photos.empty()) return raws;
    EXPECT_LE(photos.size(), static_cast<std::size_t>(options.page_keys));
    for (const ListedPhoto& photo : photos) {
      EXPECT_FALSE(photo.etag.empty());
      raws.push_back(photo.raw);
    }
  }
}

std::shared_ptr<FakeS3> Bucket(const std::vector<std::string>& keys) {
  auto s3 = std::make_shared<FakeS3>();
  for (const std::string& key : keys) s3->Store(key, "x");
  return s3;
}

TEST(S3Listing, AKeyIsThatPhotoAndElseAFolder) {
  const auto s3 = Bucket({"a", "a/1.jpg", "a/2.txt", "ab/3.jpg", "c/4.jpg"});
  EXPECT_THAT(*ListAll(s3, {"s3://b/a"}), ElementsAre("s3://b/a"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/a/"}), ElementsAre("s3://b/a/1.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3a://b/c"}), ElementsAre("s3://b/c/4.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/a/2.txt"}), ElementsAre("s3://b/a/2.txt"));
  EXPECT_THAT(*ListAll(s3, {"s3://b"}), ElementsAre("s3://b/a/1.jpg", "s3://b/ab/3.jpg", "s3://b/c/4.jpg"));
  EXPECT_EQ(s3->CountRequests("HEAD"), 0U);
}

TEST(S3Listing, NothingBelowAnExcludedPrefixIsTaken) {
  const auto s3 = Bucket({"d/a/1.jpg", "d/out/2.jpg", "d/out/deep/3.jpg", "d/outer/4.jpg"});
  const auto list = [&](const std::string& input, int page_keys) {
    std::vector<RemoteInput> inputs = Inputs({input});
    inputs[0].excluded = "d/out/";
    S3Listing listing(s3, std::move(inputs), kPhotoGlobs, {},
                      {.page_keys = page_keys, .keys_worth_a_request = 1});
    std::vector<std::string> raws;
    while (true) {
      const auto photos = listing.Next();
      if (!photos) return std::vector{std::string(photos.error().message())};
      if (photos->empty()) return raws;
      for (const ListedPhoto& photo : *photos) raws.push_back(photo.raw);
    }
  };
  for (const char* input :
       {"s3://b/d", "s3://b/d/", "s3://b/", "s3://b/d/*", "s3://b/**/*.jpg", "s3://b/d/**"}) {
    for (const int page_keys : {1, 2, 1000})
      EXPECT_THAT(list(input, page_keys), ElementsAre("s3://b/d/a/1.jpg", "s3://b/d/outer/4.jpg")) << input;
  }
  EXPECT_EQ(s3->CountRequests("LIST d/out/"), 0U);
}

TEST(S3Listing, GivesFactsOfObjects) {
  const auto s3 = std::make_shared<FakeS3>();
  s3->Store("p/1.jpg", "12345");
  S3Listing listing(s3, Inputs({"s3://b/p"}), kPhotoGlobs, {});
  const auto photos = listing.Next();
  ASSERT_TRUE(photos);
  ASSERT_EQ(photos->size(), 1U);
  EXPECT_EQ((*photos)[0].size_bytes, 5U);
  EXPECT_EQ((*photos)[0].etag, s3->Head("b", "p/1.jpg")->etag);
  EXPECT_EQ((*photos)[0].mtime_ns, s3->Head("b", "p/1.jpg")->mtime_ns);
  EXPECT_THAT(*listing.Next(), IsEmpty());
  EXPECT_THAT(*listing.Next(), IsEmpty());
  EXPECT_THAT(listing.problems(), IsEmpty());
}

TEST(S3Listing, NamesAreMatchedWithoutCaseAndHiddenOnesLeftAlone) {
  const auto s3 =
      Bucket({"p/1.JPG", "p/2.Png", "p/.3.jpg", "p/.git/4.jpg", "p/x/.y/z/5.jpg", "p/x/6.webp", "p/7.gif"});
  EXPECT_THAT(*ListAll(s3, {"s3://b/p"}),
              ElementsAre("s3://b/p/1.JPG", "s3://b/p/2.Png", "s3://b/p/x/6.webp"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p"}, {".*.jpg", "*.gif"}),
              ElementsAre("s3://b/p/.3.jpg", "s3://b/p/7.gif"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/.git"}), ElementsAre("s3://b/p/.git/4.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/.3.jpg"}), ElementsAre("s3://b/p/.3.jpg"));
}

TEST(S3Listing, OddKeysAreKeptAsTheyAre) {
  const auto s3 = Bucket({"p//1.jpg", "p/a b/%41+.jpg", "p/\xC3\xA9/\xFF.jpg", "p/end/"});
  EXPECT_THAT(*ListAll(s3, {"s3://b/p"}),
              ElementsAre("s3://b/p//1.jpg", "s3://b/p/a b/%41+.jpg", "s3://b/p/\xC3\xA9/\xFF.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/end/"}, {"*"}), ElementsAre("s3://b/p/end/"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/a b/%2541+.jpg"}), ElementsAre("s3://b/p/a b/%41+.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p//"}), ElementsAre("s3://b/p//1.jpg"));
}

TEST(S3Listing, AMarkerOfAFolderIsNoPhoto) {
  const auto s3 = std::make_shared<FakeS3>();
  s3->Store("empty/", "");
  s3->Store("p/", "");
  s3->Store("p/1.jpg", "x");
  EXPECT_THAT(*ListAll(s3, {"s3://b/p"}, {"*"}), ElementsAre("s3://b/p/1.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/*"}), ElementsAre("s3://b/p/1.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/empty"}), IsEmpty());
}

TEST(S3Listing, AGlobTakesKeysAsTheyAreAndListsFolders) {
  const auto s3 = Bucket({"p/Apple/1.jpg", "p/Apple/2.txt", "p/Apple/x/3.jpg", "p/Apple/.h/4.jpg",
                          "p/Banana/1.jpg", "p/Cherry.txt", "q/1.jpg", "p/.hid/5.jpg"});
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/*"}), ElementsAre("s3://b/p/Apple/1.jpg", "s3://b/p/Apple/x/3.jpg",
                                                        "s3://b/p/Banana/1.jpg", "s3://b/p/Cherry.txt"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/*/1*"}), ElementsAre("s3://b/p/Apple/1.jpg", "s3://b/p/Banana/1.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/[A]pple/2.*"}), ElementsAre("s3://b/p/Apple/2.txt"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/**/1.jpg"}),
              ElementsAre("s3://b/p/Apple/1.jpg", "s3://b/p/Banana/1.jpg", "s3://b/q/1.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/Apple/**"}),
              ElementsAre("s3://b/p/Apple/1.jpg", "s3://b/p/Apple/x/3.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/A*/**"}),
              ElementsAre("s3://b/p/Apple/1.jpg", "s3://b/p/Apple/x/3.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/.h*/"}), ElementsAre("s3://b/p/.hid/5.jpg"));
  EXPECT_EQ(ListAll(s3, {"s3://b/z*"}).error().message(), "nothing matches the input glob s3://b/z*");
  EXPECT_EQ(ListAll(s3, {"s3://b/p/[A"}).error().code(), ErrorCode::kInvalidArgument);
}

TEST(S3Listing, AnInputThatExistsIsNoGlob) {
  const auto s3 = Bucket({"p/a[1].jpg", "p/a1.jpg", "d[1]/x.jpg", "d1/y.jpg"});
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/a[1].jpg"}), ElementsAre("s3://b/p/a[1].jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/p/a[1]*"}), ElementsAre("s3://b/p/a1.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/d[1]"}), ElementsAre("s3://b/d[1]/x.jpg"));
  EXPECT_THAT(*ListAll(s3, {"s3://b/d[1]/"}), ElementsAre("s3://b/d[1]/x.jpg"));
}

TEST(S3Listing, NothingBelowAnInputNamesIt) {
  const auto s3 = Bucket({"p/1.jpg", "pq/1.jpg", "t/1.txt"});
  for (const char* input : {"s3://b/nope", "s3://b/p/1", "s3://b/nope/", "s3://b/p/1.jpg/"}) {
    const auto listed = ListAll(s3, {"s3://b/p", input});
    ASSERT_FALSE(listed) << input;
    EXPECT_EQ(listed.error().code(), ErrorCode::kNotFound);
    EXPECT_THAT(listed.error().message(), HasSubstr(input));
  }
  EXPECT_THAT(*ListAll(s3, {"s3://b/t"}), IsEmpty());  // it exists
  EXPECT_EQ(ListAll(std::make_shared<FakeS3>(), {"s3://b"}).error().code(), ErrorCode::kNotFound);
}

TEST(S3Listing, InputsAreMergedAndEachKeyGivenOnce) {
  const auto s3 = Bucket({"a/1.jpg", "a/2.jpg", "a/3.jpg", "a-b/1.jpg", "a0/1.jpg"});
  EXPECT_THAT(
      *ListAll(s3, {"s3://b/a0", "s3://b/a/3.jpg", "s3://b/a", "s3://b/a", "s3://b/a-b", "s3://b/a/[12]*"}),
      ElementsAre("s3://b/a-b/1.jpg", "s3://b/a/1.jpg", "s3://b/a/2.jpg", "s3://b/a/3.jpg",
                  "s3://b/a0/1.jpg"));
  // Buckets are ordered as part of the raw path: "b-c/" is before "b/".
  EXPECT_THAT(*ListAll(s3, {"s3://b/a0", "s3://b-c/a0"}),
              ElementsAre("s3://b-c/a0/1.jpg", "s3://b/a0/1.jpg"));
}

// Trees of few, nasty names, so that keys and sub-folders meet in every order, small pages, answers in random
// order.
TEST(S3Listing, EqualsAPlainSortForNastyKeysAndRandomAnswers) {
  const std::vector<std::string> parts = {"a",    "a-b",   "a/", "a0", "/", "b", "a/b",
                                          "a//b", "a.jpg", ".h", "-",  "0", "~"};
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    const auto s3 = std::make_shared<FakeS3>();
    std::set<std::string> keys;
    while (keys.size() < 3000) {
      std::string key = "p/";
      for (unsigned i = 0, n = 1 + random() % 6; i < n; ++i) key += parts[random() % parts.size()];
      if (random() % 4 != 0) key += "/" + std::to_string(random() % 100);
      keys.insert(key + ".jpg");
      keys.insert(key);
    }
    for (const std::string& key : keys) s3->Store(key, "x");
    std::atomic<unsigned> count = 0;
    s3->before = [&](const std::string&) -> Status {
      const unsigned pause = (++count * 2654435761U + seed) >> 24;
      if (pause % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(pause * 4));
      return {};
    };
    std::vector<std::string> expected;
    for (const std::string& key : keys) {
      const std::string name = key.substr(key.rfind('/') + 1);
      const bool hidden = ("/" + key).find("/.") != std::string::npos;
      const bool whole = key.starts_with("p/a") && name.size() + 2 == key.size();
      if (whole || (!hidden && name.ends_with(".jpg") && key.starts_with("p/a")))
        expected.push_back("s3://b/" + key);
    }
    const S3ListingOptions options{.requests_at_once = 1 + static_cast<int>(seed % 8),
                                   .page_keys = 5 + static_cast<int>(seed * 7 % 60),
                                   .pages_ahead = 2 + static_cast<int>(seed % 15),
                                   .keys_worth_a_request = 1 + static_cast<int>(seed % 5)};
    const auto listed = ListAll(s3, {"s3://b/p/a*", "s3://b/p/a/", "s3://b/p/a*/**"}, kPhotoGlobs, options);
    ASSERT_TRUE(listed) << listed.error().message();
    EXPECT_TRUE(*listed == expected) << "seed " << seed << ": " << listed->size() << " of "
                                     << expected.size();
    EXPECT_GT(s3->CountRequests("LIST/"), 0U);
  }
}

TEST(S3Listing, SubfoldersThatHoldEnoughAreListedSideBySide) {
  const auto s3 = std::make_shared<FakeS3>();
  for (int folder = 0; folder < 30; ++folder) {
    for (int i = 0; i < 300; ++i)
      s3->Store("p/" + std::to_string(folder) + "/" + std::to_string(i) + ".jpg", "x");
  }
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  s3->before = [&](const std::string&) -> Status {
    most = std::max<int>(most, ++now);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    --now;
    return {};
  };
  EXPECT_EQ(ListAll(s3, {"s3://b/p"})->size(), 9000U);
  EXPECT_GE(most, 4);
  EXPECT_LE(most, 8);
  EXPECT_LE(s3->CountRequests("LIST"), 40U);
}

TEST(S3Listing, ManySmallSubfoldersAreListedByPages) {
  const auto s3 = std::make_shared<FakeS3>();
  for (int i = 0; i < 5000; ++i) s3->Store("p/" + std::to_string(i) + "/x.jpg", "x");
  EXPECT_EQ(ListAll(s3, {"s3://b/p"})->size(), 5000U);
  EXPECT_EQ(s3->CountRequests("LIST"), 6U);  // is there a key "p", and five pages
}

TEST(S3Listing, ReadsAheadOnlySoFarAndGivesTheFirstPageAtOnce) {
  const auto s3 = std::make_shared<FakeS3>();
  for (int folder = 0; folder < 100; ++folder) {
    for (int i = 0; i < 10; ++i)
      s3->Store("p/" + std::to_string(folder) + "/" + std::to_string(i) + ".jpg", "x");
  }
  std::mutex mutex;
  std::condition_variable all;
  bool released = false;
  s3->before = [&](const std::string& request) -> Status {
    if (request.starts_with("LIST/")) {
      std::unique_lock lock(mutex);
      all.wait(lock, [&] { return released; });
    }
    return {};
  };
  const S3ListingOptions options{.page_keys = 10, .pages_ahead = 4, .keys_worth_a_request = 2};
  S3Listing listing(s3, Inputs({"s3://b/p/"}), kPhotoGlobs, {}, options);
  EXPECT_EQ(listing.Next()->size(), 10U);  // though what comes after it is not known yet
  {
    const std::scoped_lock lock(mutex);
    released = true;
  }
  all.notify_all();
  EXPECT_EQ(listing.Next()->size(), 10U);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LE(s3->CountRequests("LIST"), 12U);  // of 101
  std::size_t photos = 20;
  for (auto page = listing.Next(); !page->empty(); page = listing.Next()) photos += page->size();
  EXPECT_EQ(photos, 1000U);
}

TEST(S3Listing, ErrorsEndItAndStay) {
  const auto s3 = Bucket({"p/1.jpg", "q/1.jpg"});
  s3->before = [](const std::string& request) -> Status {
    if (request.starts_with("LIST q")) return Fail(ErrorCode::kUnavailable, "no answer from s3://b/q");
    return {};
  };
  S3Listing listing(s3, Inputs({"s3://b/p", "s3://b/q"}), kPhotoGlobs, {});
  Status last;
  for (int i = 0; i < 3 && last; ++i) {
    const auto photos = listing.Next();
    if (!photos) last = std::unexpected(photos.error());
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(listing.Next().error().message(), last.error().message());
}

class Unordered : public FakeS3 {
 public:
  Result<S3Page> List(std::string_view bucket, const S3ListRequest& request) override {
    FRUITS_TRY(S3Page page, FakeS3::List(bucket, request));
    std::ranges::reverse(page.entries);
    return page;
  }
};

TEST(S3Listing, AServerWithoutOrderIsRefused) {
  const auto s3 = std::make_shared<Unordered>();
  s3->Store("p/1.jpg", "x");
  s3->Store("p/2.jpg", "x");
  EXPECT_EQ(ListAll(s3, {"s3://b/p"}).error().code(), ErrorCode::kCorrupt);
}

TEST(S3Listing, StopsWhileItWaits) {
  const auto s3 = Bucket({"p/1.jpg"});
  std::stop_source stop;
  s3->before = [&](const std::string&) -> Status {
    while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return Fail(ErrorCode::kCancelled, "stopped");
  };
  S3Listing listing(s3, Inputs({"s3://b/p"}), kPhotoGlobs, stop.get_token());
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop.request_stop();
  });
  EXPECT_EQ(listing.Next().error().code(), ErrorCode::kCancelled);
}

TEST(S3Listing, CanBeLeftAtAnyTime) {
  const auto s3 = std::make_shared<FakeS3>();
  for (int i = 0; i < 2000; ++i)
    s3->Store("p/" + std::to_string(i % 7) + "/" + std::to_string(i) + ".jpg", "x");
  for (int i = 0; i < 50; ++i) {
    S3Listing listing(s3, Inputs({"s3://b/p", "s3://b/p/3"}), kPhotoGlobs, {}, {.page_keys = 20});
    for (int page = 0; page < i % 5; ++page) EXPECT_TRUE(listing.Next());
  }
}

}  // namespace
}  // namespace fruits::io
