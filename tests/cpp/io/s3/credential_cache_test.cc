#include "io/s3/credential_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace fruits::io {
namespace {

using std::chrono::milliseconds;

TEST(CredentialCache, AllWhoMeetTheirEndGetTheNewOnesFromOneLookUp) {
  std::atomic<int> asked{0};
  CredentialCache cache(
      [&](bool expired) -> Result<S3Credentials> {
        EXPECT_TRUE(expired);
        ++asked;
        std::this_thread::sleep_for(milliseconds(100));  // the others come meanwhile
        return S3Credentials{"NEW", "S", "T2"};
      },
      {"OLD", "S", "T1"});
  std::vector<std::jthread> threads;
  std::atomic<int> renewed{0};
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      cache.Forget({"OLD", "S", "T1"});
      renewed += cache.Get()->access_key == "NEW";
    });
  }
  threads.clear();
  EXPECT_EQ(renewed, 16);
  EXPECT_EQ(asked, 1);
  // One whose answer was long on its way.
  EXPECT_FALSE(cache.Forget({"OLD", "S", "T1"}));
  EXPECT_EQ(cache.Get()->access_key, "NEW");
  EXPECT_EQ(asked, 1);
}

TEST(CredentialCache, WhereNothingElseIsFoundTheOldStay) {
  int asked = 0;
  CredentialCache cache(
      [&](bool) -> Result<S3Credentials> {
        if (++asked == 1) return Fail(ErrorCode::kUnavailable, "away");
        return S3Credentials{};
      },
      {"OLD", "S", ""});
  for (int times = 1; times <= 2; ++times) {
    EXPECT_TRUE(cache.Forget({"OLD", "S", ""}));
    EXPECT_EQ(cache.Get()->access_key, "OLD");
    EXPECT_EQ(cache.Get()->access_key, "OLD");
    EXPECT_EQ(asked, times);
  }
}

TEST(CredentialCache, TheSameKeyWithAnotherTokenIsAnother) {
  CredentialCache cache([](bool) -> Result<S3Credentials> { return S3Credentials{"A", "S", "T2"}; },
                        {"A", "S", "T1"});
  EXPECT_TRUE(cache.Forget({"A", "S", "T1"}));
  EXPECT_FALSE(cache.Forget({"A", "S", "T1"}));  // known already
  EXPECT_EQ(cache.Get()->session_token, "T2");
  EXPECT_FALSE(cache.Forget({"A", "S", "T1"}));
}

}  // namespace
}  // namespace fruits::io
