#include "fruits/core/sha256.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace fruits {
namespace {

// FIPS 180-4's examples.
constexpr char kEmpty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kMillionAs[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(ToHex(Sha256Of("")), kEmpty);
  EXPECT_EQ(ToHex(Sha256Of("abc")), kAbc);
  EXPECT_EQ(ToHex(Sha256Of(std::string(1'000'000, 'a'))), kMillionAs);
}

TEST(Sha256, PiecesMakeTheWhole) {
  Sha256 hash;
  for (std::size_t done = 0; done < 1'000'000;) {
    const std::size_t piece = std::min<std::size_t>(done % 777 + 1, 1'000'000 - done);
    hash.Update(std::string(piece, 'a'));
    done += piece;
  }
  Sha256 moved = std::move(hash);
  EXPECT_EQ(ToHex(moved.Finish()), kMillionAs);
}

TEST(Sha256, OfAFile) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("fruits-sha256-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary) << std::string(3'000'000, 'x');
  const auto digest = Sha256OfFile(path.string());
  ASSERT_TRUE(digest);
  EXPECT_EQ(*digest, Sha256Of(std::string(3'000'000, 'x')));
  std::filesystem::remove(path);
  const auto missing = Sha256OfFile(path.string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message().find(path.string()), std::string::npos);
}

TEST(ToHex, IsLowerCaseWithLeadingZeros) {
  const std::uint8_t bytes[] = {0x00, 0x0A, 0xFF};
  EXPECT_EQ(ToHex(bytes), "000aff");
  EXPECT_EQ(ToHex({}), "");
}

}  // namespace
}  // namespace fruits
