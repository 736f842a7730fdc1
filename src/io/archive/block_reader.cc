#include "io/archive/block_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "fruits/core/try.h"

namespace fruits::io {

BlockReader::BlockReader(std::string address, std::unique_ptr<RandomReader> source, std::stop_token stop)
    : address_(std::move(address)),
      source_(std::move(source)),
      stop_(std::move(stop)),
      size_(source_->size_bytes()),
      cache_(kBlocksKept,
             [this](std::uint64_t block, std::vector<std::byte>& bytes) { return Fetch(block, bytes); }) {}

Status BlockReader::Fetch(std::uint64_t block, std::vector<std::byte>& bytes) {
  if (stop_.stop_requested()) {
    return Fail(ErrorCode::kCancelled, fmt::format("{}: stopped while reading", address_));
  }
  const std::uint64_t begin = block * kBlockBytes;
  bytes.resize(static_cast<std::size_t>(std::min(kBlockBytes, size_ - begin)));
  return source_->ReadAt(begin, bytes);
}

Status BlockReader::ReadAt(std::uint64_t offset, std::span<std::byte> out) {
  if (offset > size_ || out.size() > size_ - offset) {
    return Fail(ErrorCode::kCorrupt, fmt::format("{}: it ends at byte {}; {} bytes were expected at {}",
                                                 address_, size_, out.size(), offset));
  }
  while (!out.empty()) {
    FRUITS_TRY(const BlockCache::Pin pin, cache_.Get(offset / kBlockBytes));
    const auto from = pin.bytes().subspan(static_cast<std::size_t>(offset % kBlockBytes));
    const std::size_t count = std::min(out.size(), from.size());
    std::memcpy(out.data(), from.data(), count);
    out = out.subspan(count);
    offset += count;
  }
  return {};
}

}  // namespace fruits::io
