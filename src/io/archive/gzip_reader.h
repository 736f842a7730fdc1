// Any part of a gzip file's content, by its index.
//
//   GzipReader reader(address, std::move(source), std::move(index), stop);
//   FRUITS_CHECK(reader.ReadAt(offset, out));   // unpacks from the point before `offset`
//
// Threads: any. Memory: the index; during a read at most 8 MiB of the file.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "fruits/io/file.h"
#include "io/archive/gzip_index.h"

namespace fruits::io {

class GzipReader final : public RandomReader {
 public:
  GzipReader(std::string address, std::unique_ptr<RandomReader> source, GzipIndex index,
             std::stop_token stop);
  std::uint64_t size_bytes() const override { return index_.size_bytes; }
  // kCorrupt: beyond the content, or other content than at the first pass; kCancelled; else the source's.
  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) override;

 private:
  const std::string address_;
  const std::unique_ptr<RandomReader> source_;
  const GzipIndex index_;
  const std::stop_token stop_;
};

}  // namespace fruits::io
