#include "fruits/core/cpu_share.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace fruits {
namespace {

namespace fs = std::filesystem;

// A cgroup file system in a temporary folder.
class CpuShareTest : public testing::Test {
 protected:
  CpuShareTest() {
    std::string name = (fs::temp_directory_path() / "fruits-cgroup-XXXXXX").string();
    if (!mkdtemp(name.data())) std::abort();
    root_ = name;
  }
  ~CpuShareTest() override { fs::remove_all(root_); }
  void Put(const std::string& file, const std::string& text) {
    const fs::path path = root_ / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::optional<double> Quota(const std::string& proc_self_cgroup) {
    return CgroupCpuQuota(root_.string(), proc_self_cgroup);
  }

  fs::path root_;
};

TEST_F(CpuShareTest, NoFilesMeanNoQuota) {
  EXPECT_FALSE(Quota("0::/\n"));
  EXPECT_FALSE(Quota(""));
  EXPECT_FALSE(Quota("nonsense\n0:\n::"));
}

TEST_F(CpuShareTest, V2ReadsQuotaOverPeriod) {
  Put("cpu.max", "150000 100000\n");
  EXPECT_EQ(Quota("0::/\n"), 1.5);
}

TEST_F(CpuShareTest, V2MaxIsNoQuota) {
  Put("cpu.max", "max 100000\n");
  EXPECT_FALSE(Quota("0::/\n"));
}

TEST_F(CpuShareTest, V2TakesTheTightestAncestor) {
  Put("a/cpu.max", "50000 100000\n");
  Put("a/b/cpu.max", "400000 100000\n");
  Put("a/b/c/cpu.max", "max 100000\n");
  EXPECT_EQ(Quota("0::/a/b/c\n"), 0.5);
  EXPECT_EQ(Quota("0::/a/b\n"), 0.5);
}

// In a container the mount shows the own group as its root, while /proc/self/cgroup may name a path of the
// host.
TEST_F(CpuShareTest, V2FindsTheRootWhenThePathIsNotThere) {
  Put("cpu.max", "200000 100000\n");
  EXPECT_EQ(Quota("0::/system.slice/docker-1234.scope\n"), 2.0);
  EXPECT_EQ(Quota("0::/../outside\n"), 2.0);
}

TEST_F(CpuShareTest, V1ReadsTheCpuController) {
  Put("cpu/jobs/cpu.cfs_quota_us", "300000\n");
  Put("cpu/jobs/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Quota("12:memory:/jobs\n4:cpu,cpuacct:/jobs\n"), 3.0);
  EXPECT_FALSE(Quota("12:memory:/jobs\n5:cpuset:/jobs\n")) << "other controllers' paths are not the CPU's";
}

TEST_F(CpuShareTest, V1ReadsTheJoinedMount) {
  Put("cpu,cpuacct/cpu.cfs_quota_us", "250000\n");
  Put("cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Quota("4:cpu,cpuacct:/docker/1234\n"), 2.5);
}

TEST_F(CpuShareTest, V1MinusOneIsNoQuota) {
  Put("cpu/cpu.cfs_quota_us", "-1\n");
  Put("cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_FALSE(Quota("4:cpu:/\n"));
}

TEST_F(CpuShareTest, BrokenTextIsNoQuota) {
  Put("cpu.max", "lots\n");
  EXPECT_FALSE(Quota("0::/\n"));
  Put("cpu.max", "100000\n");
  EXPECT_FALSE(Quota("0::/\n"));
  Put("cpu.max", "100000 0\n");
  EXPECT_FALSE(Quota("0::/\n"));
}

TEST(UsableCpusTest, FollowsTheAffinity) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  const int usable = UsableCpus();
  EXPECT_GE(usable, 1);
  EXPECT_LE(usable, CPU_COUNT(&before));
  // One CPU, in a thread of its own so that nothing else is touched.
  int on_one = 0;
  std::thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &before)) {
        CPU_SET(cpu, &one);
        break;
      }
    }
    if (sched_setaffinity(0, sizeof one, &one) == 0) on_one = UsableCpus();
  }).join();
  EXPECT_EQ(on_one, 1);
}

TEST(CpuSecondsTest, GrowsWithWork) {
  const double before = CpuSeconds();
  volatile double sum = 0;
  while (CpuSeconds() < before + 0.02) sum = sum + 1;
  EXPECT_GT(CpuSeconds(), before);
}

TEST(ThreadsPerCoreTest, IsOneOrMore) {
  EXPECT_GE(ThreadsPerCore(), 1);
  EXPECT_LE(ThreadsPerCore(), 8);
}

}  // namespace
}  // namespace fruits
