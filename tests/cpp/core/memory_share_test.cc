#include "fruits/core/memory_share.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace fruits {
namespace {

namespace fs = std::filesystem;

// A cgroup file system in a temporary folder.
class MemoryShareTest : public testing::Test {
 protected:
  MemoryShareTest() {
    root_ = (fs::temp_directory_path() / "fruits-memory-XXXXXX").string();
    if (!mkdtemp(root_.data())) std::abort();
  }
  ~MemoryShareTest() override { fs::remove_all(root_); }
  void Put(const std::string& file, const std::string& text) {
    const fs::path path = fs::path(root_) / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  std::string root_;
};

TEST_F(MemoryShareTest, TheContainersLimitCaps) {
  EXPECT_EQ(CapByCgroup(root_, 1000), 1000U);
  Put("memory.max", "600\n");
  EXPECT_EQ(CapByCgroup(root_, 1000), 600U);
  EXPECT_EQ(CapByCgroup(root_, 500), 500U);
}

TEST_F(MemoryShareTest, NoLimitIsNone) {
  Put("memory.max", "max\n");
  EXPECT_EQ(CapByCgroup(root_, 1000), 1000U);
}

TEST_F(MemoryShareTest, TheOlderCgroupsLimitCapsToo) {
  Put("memory/memory.limit_in_bytes", "700\n");
  EXPECT_EQ(CapByCgroup(root_, 1000), 700U);
  Put("memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(CapByCgroup(root_, 1000), 1000U);
}

TEST_F(MemoryShareTest, ThisMachineHasSome) { EXPECT_GT(UsableMemory(), 1U << 20); }

}  // namespace
}  // namespace fruits
