// Where tests find the real photos and weights, and how they stand aside without them.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace fruits::test {

// $FRUITS_TEST_DATA, else ../shared beside the source tree; empty where that does not exist.
inline std::optional<std::filesystem::path> DataDir() {
  const char* named = std::getenv("FRUITS_TEST_DATA");
  const std::filesystem::path dir = named && *named
                                        ? std::filesystem::path(named)
                                        : std::filesystem::path(FRUITS_SOURCE_DIR).parent_path() / "shared";
  if (std::filesystem::is_directory(dir / "fruits360")) return dir;
  return std::nullopt;
}

// Outside the tree: unpacked photos and imported models are kept between runs. $FRUITS_CACHE or
// ~/.cache/fruits-tests.
inline std::filesystem::path CacheDir() {
  const char* named = std::getenv("FRUITS_CACHE");
  const char* home = std::getenv("HOME");
  std::filesystem::path dir = named && *named
                                  ? std::filesystem::path(named)
                                  : std::filesystem::path(home ? home : "/tmp") / ".cache/fruits-tests";
  std::filesystem::create_directories(dir);
  return dir;
}

}  // namespace fruits::test

// Declares `dir`, or skips the test saying what is missing.
#define FRUITS_REQUIRE_DATA(dir)                                                                      \
  const auto dir##_found = ::fruits::test::DataDir();                                                 \
  if (!dir##_found) GTEST_SKIP() << "the test data is not there: set FRUITS_TEST_DATA to its folder"; \
  const std::filesystem::path dir = *dir##_found
