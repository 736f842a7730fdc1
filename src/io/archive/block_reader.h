// A RandomReader read by blocks of 8 MiB, the last four of them kept: small reads that are near each other
// cost one request together.
//
//   BlockReader reader(address, std::move(source), stop);
//   FRUITS_CHECK(reader.ReadAt(offset, out));
//
// Threads: any. Memory: 32 MiB at most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "fruits/io/file.h"
#include "io/archive/block_cache.h"

namespace fruits::io {

inline constexpr std::uint64_t kBlockBytes = 8U << 20;
inline constexpr std::size_t kBlocksKept = 4;

class BlockReader final : public RandomReader {
 public:
  BlockReader(std::string address, std::unique_ptr<RandomReader> source, std::stop_token stop);

  std::uint64_t size_bytes() const override { return size_; }
  // kCorrupt: beyond the end; kCancelled; else the source's.
  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) override;

 private:
  Status Fetch(std::uint64_t block, std::vector<std::byte>& bytes);

  const std::string address_;
  const std::unique_ptr<RandomReader> source_;
  const std::stop_token stop_;
  const std::uint64_t size_;
  BlockCache cache_;
};

}  // namespace fruits::io
