// Two parts of one piece of work at the same time, thousands of times a second.
//
//   TwoThreads both;
//   both.Run([&] { ... }, [&] { ... });
//
// Who cuts the work decides the result; who runs the parts does not: a second part that the helper has not
// begun when the first is done is run by the caller. So one core, a busy machine or a helper that could not
// be started cost time, never other bytes, and the caller waits only for a part that is being done. The
// helper spins for some microseconds between parts, then sleeps. Threads: one caller per object; parts must
// not throw, nor wait for each other.
#pragma once

#include <atomic>
#include <system_error>
#include <thread>

namespace fruits {

class TwoThreads {
 public:
  TwoThreads() {
    try {
      helper_ = std::jthread([this] { Help(); });
    } catch (const std::system_error&) {  // no thread to be had: the caller runs both parts
    }
  }
  ~TwoThreads() {
    stop_ = true;
    Post();
  }
  TwoThreads(const TwoThreads&) = delete;
  TwoThreads& operator=(const TwoThreads&) = delete;

  template <typename First, typename Second>
  void Run(const First& first, const Second& second) {
    part_ = &second;
    call_ = [](const void* part) { (*static_cast<const Second*>(part))(); };
    Post();
    first();
    if (Take(number_)) {
      second();
    } else {
      for (unsigned done; (done = done_.load(std::memory_order_acquire)) != number_;) AwaitOther(done_, done);
    }
  }

 private:
  static constexpr int kRounds = 100;  // of looking, each a few dozen cycles long
  static constexpr int kPauses = 20;

  static void Pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  // Returns once `number` is no longer `old`. Giving the core away between looks lets the other thread go on
  // where there is only one core.
  static void AwaitOther(const std::atomic<unsigned>& number, unsigned old) {
    for (int round = 0; round < kRounds; ++round) {
      for (int pause = 0; pause < kPauses; ++pause) {
        if (number.load(std::memory_order_acquire) != old) return;
        Pause();
      }
      std::this_thread::yield();
    }
    number.wait(old, std::memory_order_acquire);
  }

  // In one order with the look at who sleeps, or that could be too early and nobody be woken.
  static void Set(std::atomic<unsigned>& number, unsigned to) {
    number.store(to, std::memory_order_seq_cst);
    number.notify_one();
  }

  void Post() { Set(posted_, ++number_); }

  // Each part is begun by whoever takes its number first.
  bool Take(unsigned number) {
    unsigned before = number - 1;
    return taken_.compare_exchange_strong(before, number, std::memory_order_acq_rel);
  }

  void Help() {
    for (unsigned seen = 0;;) {
      AwaitOther(posted_, seen);
      seen = posted_.load(std::memory_order_acquire);
      if (!Take(seen)) continue;
      if (stop_) return;
      call_(part_);
      Set(done_, seen);
    }
  }

  unsigned number_ = 0;  // the caller's own
  // Set before a number is posted, read by the helper once it has taken it.
  const void* part_ = nullptr;
  void (*call_)(const void*) = nullptr;
  bool stop_ = false;
  alignas(64) std::atomic<unsigned> posted_{0};
  alignas(64) std::atomic<unsigned> taken_{0};
  alignas(64) std::atomic<unsigned> done_{0};
  std::jthread helper_;  // last: it ends before what it reads
};

}  // namespace fruits
