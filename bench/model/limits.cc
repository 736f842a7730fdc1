// What this CPU can do at most, for docs/performance.md: multiplications of f32 and of int8 with all results
// in registers, and bytes read from memory, by all threads at once. One JSON object a line.
//
//   fruits_bench_limits [THREADS]
#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <thread>
#include <vector>

namespace {

constexpr int kSums = 10;       // enough to hide the latency of an addition
constexpr int kNarrowSums = 8;  // with a temporary and three operands in 16 registers
constexpr std::int64_t kSteps = 40'000'000;

// Each returns the multiplications that it did. In assembly, since a compiler makes one of sums that are
// alike, and copies registers to and fro.
__attribute__((target("avx2,fma"))) double FmaAvx2() {
  __m256 sums[kSums] = {}, a = _mm256_set1_ps(1.5F), b = _mm256_set1_ps(0.5F);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    for (__m256& sum : sums) asm volatile("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
  }
  return 8.0 * kSums * kSteps;
}

__attribute__((target("avx512f"))) double FmaAvx512() {
  __m512 sums[kSums] = {}, a = _mm512_set1_ps(1.5F), b = _mm512_set1_ps(0.5F);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    for (__m512& sum : sums) asm volatile("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  }
  return 16.0 * kSums * kSteps;
}

// Without VNNI: bytes to pairs of 16 bits to sums of 32 bits.
__attribute__((target("avx2"))) double Int8Avx2() {
  __m256i sums[kNarrowSums] = {}, a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(2);
  const __m256i ones = _mm256_set1_epi16(1);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    for (__m256i& sum : sums) {
      __m256i pairs;
      asm volatile("vpmaddubsw %3, %2, %1\n\tvpmaddwd %4, %1, %1\n\tvpaddd %1, %0, %0"
                   : "+x"(sum), "=&x"(pairs)
                   : "x"(a), "x"(b), "x"(ones));
    }
  }
  return 32.0 * kNarrowSums * kSteps;
}

__attribute__((target("avx512f,avx512vnni"))) double Int8Vnni() {
  __m512i sums[kSums] = {}, a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(2);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    for (__m512i& sum : sums) asm volatile("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  }
  return 64.0 * kSums * kSteps;
}

// Bytes read of a buffer that no cache holds.
double ReadMemory() {
  constexpr std::size_t kBytes = std::size_t{512} << 20U;
  static const std::vector<std::uint64_t> buffer(kBytes / sizeof(std::uint64_t), 1);
  constexpr int kTimes = 4;
  for (int time = 0; time < kTimes; ++time) {
    std::uint64_t sum = std::reduce(buffer.begin(), buffer.end());
    asm volatile("" : "+r"(sum));
  }
  return static_cast<double>(kBytes) * kTimes;
}

// Amount a second of all threads, the best of many short times: what others do on the machine only lowers it.
double Rate(unsigned threads, const std::function<double()>& work) {
  double best = 0;
  for (int time = 0; time < 20; ++time) {
    std::vector<std::thread> pool;
    std::vector<double> done(threads);
    const auto begin = std::chrono::steady_clock::now();
    for (unsigned t = 0; t < threads; ++t) pool.emplace_back([&, t] { done[t] = work(); });
    for (std::thread& thread : pool) thread.join();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    best = std::max(best, std::accumulate(done.begin(), done.end(), 0.0) / seconds.count());
  }
  return best;
}

void Print(const char* what, double rate, const char* unit) {
  std::printf("{\"limit\": \"%s\", \"value\": %.1f, \"unit\": \"%s\"}\n", what, rate * 1e-9, unit);
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned threads = argc > 1 ? static_cast<unsigned>(std::max(1, std::atoi(argv[1])))
                                    : std::max(1U, std::thread::hardware_concurrency());
  const bool has_avx512 = __builtin_cpu_supports("avx512f") != 0;
  const bool has_vnni = __builtin_cpu_supports("avx512vnni") != 0;
  Print("f32", Rate(threads, has_avx512 ? FmaAvx512 : FmaAvx2), "10^9 multiplications/s");
  Print("int8", Rate(threads, has_vnni ? Int8Vnni : Int8Avx2), "10^9 multiplications/s");
  Print("memory", Rate(threads, ReadMemory), "10^9 bytes/s");
}
