#include "io/s3/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "fake_s3.h"
#include "io/s3/lease_text.h"
#include "io/s3/process_mark.h"

namespace fruits::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::FakeS3;
using testing::AllOf;
using testing::HasSubstr;

const std::string kKey = "out/_run/lease.json";

// Never renewed within a test, unless it says otherwise.
const S3LeaseOptions kSlow{};
const S3LeaseOptions kFast{.renew_every = milliseconds(5), .expires_after = seconds(60)};

Result<std::unique_ptr<Lease>> Take(const std::shared_ptr<FakeS3>& s3, const std::string& holder,
                                    const S3LeaseOptions& options = kSlow) {
  return TakeS3Lease(s3, "b", kKey, "s3://b/out", holder, options);
}

std::string HolderOf(FakeS3& s3, const S3LeaseOptions& options = kSlow) {
  const auto holder = S3LeaseHolder(s3, "b", kKey, options);
  return !holder ? holder.error().message() : holder->value_or("nobody");
}

LeaseText TextOf(const FakeS3& s3) { return LeaseText::Parse(s3.BytesOf(kKey), 0); }

// Another machine's.
void StoreForeign(FakeS3& s3, const std::string& holder, const std::string& process = "elsewhere") {
  LeaseText text{.holder = holder, .run_id = "f", .process = process, .taken = "2026-01-02T03:04:05Z"};
  text.expires_seconds = 60;
  s3.Store(kKey, text.ToJson());
}

template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 5000 && !condition(); ++i) std::this_thread::sleep_for(milliseconds(2));
  return condition();
}

TEST(S3Lease, IsTakenHeldAndGivenBack) {
  const auto s3 = std::make_shared<FakeS3>();
  EXPECT_EQ(HolderOf(*s3), "nobody");
  {
    const auto lease = Take(s3, "host 7");
    ASSERT_TRUE(lease) << lease.error().message();
    EXPECT_TRUE((*lease)->Check());
    EXPECT_EQ(HolderOf(*s3), "host 7");
    const LeaseText text = TextOf(*s3);
    EXPECT_EQ(text.holder, "host 7");
    EXPECT_EQ(text.run_id.size(), 32U);
    EXPECT_EQ(text.taken.size(), 20U);
    EXPECT_EQ(text.expires_seconds, 60);
  }
  EXPECT_EQ(HolderOf(*s3), "nobody");
  EXPECT_EQ(s3->BytesOf(kKey), "(none)");
}

TEST(S3Lease, TheSecondIsRefusedAndToldWhoAndSinceWhen) {
  const auto s3 = std::make_shared<FakeS3>();
  const auto first = Take(s3, "host 7");
  ASSERT_TRUE(first);
  const std::string before = s3->BytesOf(kKey);
  const auto second = Take(s3, "host 8");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(second.error().message(),
              AllOf(HasSubstr("s3://b/out"), HasSubstr("host 7"), HasSubstr(TextOf(*s3).taken)));
  EXPECT_EQ(s3->BytesOf(kKey), before);
  EXPECT_TRUE((*first)->Check());
}

TEST(S3Lease, ExpiresByTheClockOfTheServer) {
  const auto s3 = std::make_shared<FakeS3>();
  s3->offset_seconds = -5000;  // our clock is far ahead of it
  StoreForeign(*s3, "gone");
  EXPECT_EQ(HolderOf(*s3), "gone");
  EXPECT_FALSE(Take(s3, "host 8"));
  s3->Age(kKey, seconds(58));
  EXPECT_FALSE(Take(s3, "host 8"));
  s3->Age(kKey, seconds(5));
  EXPECT_EQ(HolderOf(*s3), "nobody");
  EXPECT_TRUE(Take(s3, "host 8"));
}

TEST(S3Lease, OfManyExactlyOneGetsAFreeAndAnExpiredOne) {
  for (const bool expired : {false, true}) {
    for (int round = 0; round < 30; ++round) {
      const auto s3 = std::make_shared<FakeS3>();
      if (expired) {
        StoreForeign(*s3, "gone");
        s3->Age(kKey, seconds(100));
      }
      std::atomic<int> count = 0;
      std::vector<Result<std::unique_ptr<Lease>>> leases;
      for (int i = 0; i < 4; ++i) leases.push_back(Fail(ErrorCode::kInternal, ""));
      {
        std::vector<std::jthread> runs;
        for (int i = 0; i < 4; ++i) {
          runs.emplace_back([&, i] {
            leases[i] = Take(s3, "host " + std::to_string(i));
            if (leases[i]) ++count;
          });
        }
      }
      EXPECT_EQ(count, 1);
      for (int i = 0; i < 4; ++i) {
        if (leases[i]) {
          EXPECT_EQ(HolderOf(*s3), "host " + std::to_string(i));
        }
      }
    }
  }
}

TEST(S3Lease, IsRenewed) {
  const auto s3 = std::make_shared<FakeS3>();
  const auto lease = Take(s3, "host 7", kFast);
  ASSERT_TRUE(lease);
  EXPECT_TRUE(Eventually([&] { return TextOf(*s3).renewals > 5; }));
  EXPECT_EQ(TextOf(*s3).holder, "host 7");
  EXPECT_TRUE((*lease)->Check());
}

TEST(S3Lease, ALostAnswerIsNotTakenForAnotherRun) {
  const auto s3 = std::make_shared<FakeS3>();
  std::atomic<int> writes = 0;
  s3->loses_answer = [&](const std::string&) { return ++writes % 2 == 1; };
  const auto lease = Take(s3, "host 7", kFast);
  ASSERT_TRUE(lease) << lease.error().message();
  EXPECT_TRUE(Eventually([&] { return writes > 10; }));
  EXPECT_TRUE((*lease)->Check());
}

TEST(S3Lease, OneThatWasTakenOverIsLostAndLeftAlone) {
  const auto s3 = std::make_shared<FakeS3>();
  {
    const auto lease = Take(s3, "host 7", kFast);
    ASSERT_TRUE(lease);
    StoreForeign(*s3, "host 8");
    EXPECT_TRUE(Eventually([&] { return !(*lease)->Check(); }));
    EXPECT_EQ((*lease)->Check().error().code(), ErrorCode::kFailedPrecondition);
    EXPECT_THAT((*lease)->Check().error().message(),
                AllOf(HasSubstr("host 8"), HasSubstr("2026-01-02T03:04:05Z")));
  }
  EXPECT_EQ(HolderOf(*s3), "host 8");
}

TEST(S3Lease, ADelayedDeleteOfTheRunBeforeIsRepaired) {
  const auto s3 = std::make_shared<FakeS3>();
  const auto lease = Take(s3, "host 7", kFast);
  ASSERT_TRUE(lease);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(s3->Delete("b", kKey));
    EXPECT_TRUE(Eventually([&] { return TextOf(*s3).holder == "host 7"; }));
  }
  EXPECT_TRUE((*lease)->Check());
}

TEST(S3Lease, OneThatCannotBeRenewedSaysSoAndComesBack) {
  const auto s3 = std::make_shared<FakeS3>();
  std::atomic<bool> down = false;
  s3->before = [&](const std::string&) -> Status {
    if (down) return Fail(ErrorCode::kUnavailable, "no answer");
    return {};
  };
  const auto lease = Take(s3, "host 7", {.renew_every = milliseconds(5), .expires_after = milliseconds(100)});
  ASSERT_TRUE(lease);
  down = true;
  EXPECT_TRUE(Eventually([&] { return !(*lease)->Check(); }));
  EXPECT_EQ((*lease)->Check().error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT((*lease)->Check().error().message(), HasSubstr("no answer"));
  down = false;
  EXPECT_TRUE(Eventually([&] { return (*lease)->Check().has_value(); }));
}

TEST(S3Lease, TheOneOfAProcessThatDiedHereIsTakenAtOnce) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string mark = ProcessMark();
    const bool sent = ::write(ends[1], mark.data(), mark.size()) > 0;
    while (sent) ::pause();
    ::_exit(1);
  }
  char text[256];
  const ssize_t length = ::read(ends[0], text, sizeof(text));
  ASSERT_GT(length, 0) << "no /proc here?";
  const std::string mark(text, static_cast<std::size_t>(length));
  EXPECT_NE(mark, ProcessMark());
  EXPECT_FALSE(IsKnownDead(mark));
  const auto s3 = std::make_shared<FakeS3>();
  StoreForeign(*s3, "child", mark);
  EXPECT_FALSE(Take(s3, "host 8"));
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  EXPECT_TRUE(Eventually([&] { return IsKnownDead(mark); }));  // a zombie first
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(IsKnownDead(mark));
  EXPECT_EQ(HolderOf(*s3), "nobody");
  EXPECT_TRUE(Take(s3, "host 8"));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(ProcessMark, OthersAreNeverKnownToBeDead) {
  EXPECT_FALSE(ProcessMark().empty());
  EXPECT_FALSE(IsKnownDead(ProcessMark()));
  for (const char* mark : {"", "elsewhere", "1/pid:[2]/3/4", "////"}) EXPECT_FALSE(IsKnownDead(mark)) << mark;
  const std::string own = ProcessMark();
  EXPECT_TRUE(IsKnownDead(own + "1"));  // the same number, started at another time
}

TEST(S3Lease, ServersWithoutConditionsAreRefused) {
  for (const bool silently : {false, true}) {
    const auto s3 = std::make_shared<FakeS3>();
    (silently ? s3->ignores_conditions : s3->lacks_conditions) = true;
    const auto lease = Take(s3, "host 7");
    ASSERT_FALSE(lease);
    EXPECT_EQ(lease.error().code(), ErrorCode::kFailedPrecondition);
    EXPECT_THAT(lease.error().message(), HasSubstr("does not do conditional writes"));
    EXPECT_EQ(s3->BytesOf(kKey), "(none)");
  }
}

TEST(S3Lease, WhatCannotBeReadIsSomeonesUntilItExpires) {
  const auto s3 = std::make_shared<FakeS3>();
  for (const char* text : {"", "{", "[]", "{\"holder\": 7, \"expires_seconds\": \"x\"}"}) {
    s3->Store(kKey, text);
    EXPECT_FALSE(Take(s3, "host 8"));
    EXPECT_THAT(HolderOf(*s3), HasSubstr("cannot be read"));
    s3->Age(kKey, seconds(100));
    EXPECT_TRUE(Take(s3, "host 8"));
  }
}

TEST(S3Lease, OtherErrorsArePassedOn) {
  const auto s3 = std::make_shared<FakeS3>();
  s3->before = [](const std::string&) -> Status {
    return Fail(ErrorCode::kFailedPrecondition, "403 for s3://b");
  };
  EXPECT_THAT(Take(s3, "host 7").error().message(), HasSubstr("403 for s3://b"));
  EXPECT_FALSE(S3LeaseHolder(*s3, "b", kKey, kSlow));
}

}  // namespace
}  // namespace fruits::io
