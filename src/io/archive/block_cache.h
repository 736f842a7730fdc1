// Blocks that are slow to get, the last few kept. A block is fetched by the one thread that asks first while
// others wait for it; threads that want different blocks do not wait for each other's bytes.
//
//   BlockCache cache(4, [&](std::uint64_t block, std::vector<std::byte>& bytes) { return Fetch(block, bytes);
//   }); FRUITS_TRY(const BlockCache::Pin pin, cache.Get(17)); Use(pin.bytes());
//
// Threads: any; one must not hold a pin while it asks for another block. Memory: `blocks_max` blocks, those
// on their way among them; whoever needs one more waits for a place.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "fruits/core/error.h"

namespace fruits::io {

class BlockCache {
  struct Slot;

 public:
  using Fetch = std::function<Status(std::uint64_t block, std::vector<std::byte>& bytes)>;

  // Keeps the block where it is while it lives.
  class Pin {
   public:
    Pin(BlockCache& cache, Slot& slot) : cache_(&cache), slot_(&slot) {}
    Pin(Pin&& other) noexcept : cache_(std::exchange(other.cache_, nullptr)), slot_(other.slot_) {}
    Pin& operator=(Pin&&) = delete;
    ~Pin() {
      if (cache_) cache_->Release(*slot_);
    }
    std::span<const std::byte> bytes() const;

   private:
    BlockCache* cache_;
    Slot* slot_;
  };

  BlockCache(std::size_t blocks_max, Fetch fetch);
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;
  ~BlockCache();

  // The error of the fetch, for everyone who waited for it; the next to ask tries again.
  Result<Pin> Get(std::uint64_t block);

 private:
  Slot* Find(std::uint64_t block);
  Slot* FreeSlot();
  Status Wait(std::unique_lock<std::mutex>& lock, Slot& slot);
  Status FetchInto(std::unique_lock<std::mutex>& lock, Slot& slot, std::uint64_t block);
  void Release(Slot& slot);

  const Fetch fetch_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slot> slots_;
  std::uint64_t clock_ = 0;
};

}  // namespace fruits::io
