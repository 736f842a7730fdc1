#include "io/archive/block_cache.h"

#include "fruits/core/guard.h"
#include "fruits/core/try.h"

namespace fruits::io {

struct BlockCache::Slot {
  enum class State { kEmpty, kOnItsWay, kThere, kFailed };
  State state = State::kEmpty;
  std::uint64_t block = 0;
  std::uint64_t last_use = 0;
  std::size_t users = 0;  // those who hold it and those who wait for it
  std::vector<std::byte> bytes;
  std::optional<Error> error;
};

std::span<const std::byte> BlockCache::Pin::bytes() const { return slot_->bytes; }

BlockCache::BlockCache(std::size_t blocks_max, Fetch fetch) : fetch_(std::move(fetch)), slots_(blocks_max) {}

BlockCache::~BlockCache() = default;

BlockCache::Slot* BlockCache::Find(std::uint64_t block) {
  for (Slot& slot : slots_) {
    if (slot.block == block && (slot.state == Slot::State::kOnItsWay || slot.state == Slot::State::kThere))
      return &slot;
  }
  return nullptr;
}

// The one whose last use is longest ago among those that nobody uses.
BlockCache::Slot* BlockCache::FreeSlot() {
  Slot* free = nullptr;
  for (Slot& slot : slots_) {
    if (slot.users == 0 && (!free || slot.last_use < free->last_use)) free = &slot;
  }
  return free;
}

Status BlockCache::Wait(std::unique_lock<std::mutex>& lock, Slot& slot) {
  changed_.wait(lock, [&] { return slot.state != Slot::State::kOnItsWay; });
  if (slot.state == Slot::State::kFailed) return std::unexpected(*slot.error);
  return {};
}

Status BlockCache::FetchInto(std::unique_lock<std::mutex>& lock, Slot& slot, std::uint64_t block) {
  slot.state = Slot::State::kOnItsWay;
  slot.block = block;
  lock.unlock();
  const Status fetched = Guard([&] { return fetch_(block, slot.bytes); });
  lock.lock();
  slot.state = fetched ? Slot::State::kThere : Slot::State::kFailed;
  if (!fetched) slot.error = fetched.error();
  changed_.notify_all();
  return fetched;
}

Result<BlockCache::Pin> BlockCache::Get(std::uint64_t block) {
  std::unique_lock lock(mutex_);
  for (;;) {
    Slot* slot = Find(block);
    const bool found = slot != nullptr;
    if (!found) slot = FreeSlot();
    if (!slot) {
      changed_.wait(lock);
      continue;
    }
    ++slot->users;
    slot->last_use = ++clock_;
    const Status ready = found ? Wait(lock, *slot) : FetchInto(lock, *slot, block);
    if (ready) return Pin(*this, *slot);
    if (--slot->users == 0) changed_.notify_all();
    return std::unexpected(ready.error());
  }
}

void BlockCache::Release(Slot& slot) {
  const std::lock_guard lock(mutex_);
  if (--slot.users == 0) changed_.notify_all();
}

}  // namespace fruits::io
