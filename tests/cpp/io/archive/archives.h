// What the tests of archives share: archives made by Python, files in memory, reading all members.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "fruits/core/sha256.h"
#include "io/archive/archive.h"
#include "temp_dir.h"
#include "test_data.h"

namespace fruits::test {

// Bytes in memory; counts what is asked of it.
class MemoryReader final : public RandomReader {
 public:
  explicit MemoryReader(std::string bytes, std::atomic<int>* reads = nullptr)
      : bytes_(std::move(bytes)), reads_(reads) {}
  std::uint64_t size_bytes() const override { return bytes_.size(); }
  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    if (reads_) ++*reads_;
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset)
      return Fail(ErrorCode::kInternal, "read beyond the end");
    std::copy_n(reinterpret_cast<const std::byte*>(bytes_.data()) + offset, out.size(), out.begin());
    return {};
  }

 private:
  const std::string bytes_;
  std::atomic<int>* const reads_;
};

// The folder with good/ and bad/, made once and kept in the cache until the script changes; empty where the
// interpreter is missing.
inline const std::filesystem::path& MadeArchives() {
  static const std::filesystem::path made = []() -> std::filesystem::path {
    const std::string source = FRUITS_SOURCE_DIR;
    const std::string python = source + "/.venv/bin/python";
    const std::string script = source + "/tests/cpp/io/archive/make_archives.py";
    const auto digest = Sha256OfFile(script);
    if (!std::filesystem::exists(python) || !digest) return {};
    const std::filesystem::path kept = CacheDir() / ("archives-" + ToHex(*digest).substr(0, 12));
    if (std::filesystem::exists(kept)) return kept;
    // Tests run at once: each makes its own, and the first to be ready is kept.
    std::string making = (CacheDir() / "archives-making-XXXXXX").string();
    if (!::mkdtemp(making.data())) return {};
    const std::string command = "'" + python + "' '" + script + "' '" + making + "'";
    const bool done = std::system(command.c_str()) == 0;
    std::error_code ignored;
    if (done) std::filesystem::rename(making, kept, ignored);
    std::filesystem::remove_all(making, ignored);
    return done ? kept : std::filesystem::path();
  }();
  return made;
}

struct Opened {
  std::unique_ptr<io::Archive> archive;
  std::string problem;
  Error error{ErrorCode::kInternal, ""};
};

constexpr std::int64_t kArchiveTime = 1'234'567'890'000'000'000;

inline Opened OpenBytes(const std::string& name, std::string bytes, std::atomic<int>* reads = nullptr) {
  Opened opened;
  auto archive = io::OpenArchive(name, std::make_unique<MemoryReader>(std::move(bytes), reads), kArchiveTime,
                                 std::stop_token(), opened.problem);
  if (archive) {
    opened.archive = std::move(*archive);
  } else {
    opened.error = archive.error();
  }
  return opened;
}

inline Opened OpenMade(const std::string& name) {
  return OpenBytes(name, ReadAll((MadeArchives() / name).string()));
}

// As the lines of an .expected file: name, size and SHA-256, or "bad".
inline std::string Line(io::Archive& archive, std::size_t member) {
  const io::ArchiveMember& facts = archive.members()[member];
  const auto name = std::as_bytes(std::span(facts.name));
  const std::string hex = ToHex({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
  std::vector<std::byte> body;
  const Status read = archive.Read(member, body, 0);
  if (!read) {
    EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt) << read.error().message();
    EXPECT_TRUE(body.empty());
    return hex + "\t0\tbad\n";
  }
  EXPECT_EQ(body.size(), facts.size_bytes) << facts.name;
  return hex + "\t" + std::to_string(body.size()) + "\t" + ToHex(Sha256Of(body)) + "\n";
}

inline std::vector<std::string> Names(const io::Archive& archive) {
  std::vector<std::string> names;
  for (const auto& member : archive.members()) names.push_back(member.name);
  return names;
}

// How many members can be read.
inline std::size_t GoodMembers(io::Archive& archive) {
  std::size_t good = 0;
  std::vector<std::byte> body;
  for (std::size_t i = 0; i < archive.members().size(); ++i) good += archive.Read(i, body, 0) ? 1 : 0;
  return good;
}

}  // namespace fruits::test

#define FRUITS_REQUIRE_ARCHIVES()             \
  if (::fruits::test::MadeArchives().empty()) \
  GTEST_SKIP() << "archives could not be made: .venv/bin/python with pyarrow is needed, see CONTRIBUTING.md"
