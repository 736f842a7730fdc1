// Bytes from the first to the last, for the pass that finds the members.
//
//   PlainForward forward(reader);
//   FRUITS_TRY(const std::size_t count, forward.Read(block));   // fewer than asked for: the end
//
// Threads: one user. Memory: none of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "fruits/core/error.h"
#include "fruits/core/try.h"
#include "fruits/io/file.h"

namespace fruits::io {

class ForwardReader {
 public:
  virtual ~ForwardReader() = default;
  // How many bytes came: fewer than out.size() only at the end.
  virtual Result<std::size_t> Read(std::span<std::byte> out) = 0;
  virtual Result<std::uint64_t> Skip(std::uint64_t count) = 0;
  virtual std::uint64_t position() const = 0;
  // Why the end came early; "" where it did not.
  virtual const std::string& problem() const = 0;
};

class PlainForward final : public ForwardReader {
 public:
  explicit PlainForward(RandomReader& reader, std::uint64_t begin = 0)
      : reader_(reader), position_(std::min(begin, reader.size_bytes())) {}

  Result<std::size_t> Read(std::span<std::byte> out) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), Left()));
    FRUITS_CHECK(reader_.ReadAt(position_, out.first(count)));
    position_ += count;
    return count;
  }
  Result<std::uint64_t> Skip(std::uint64_t count) override {
    count = std::min(count, Left());
    position_ += count;
    return count;
  }
  std::uint64_t position() const override { return position_; }
  const std::string& problem() const override { return problem_; }

 private:
  std::uint64_t Left() const { return reader_.size_bytes() - position_; }

  RandomReader& reader_;
  std::uint64_t position_;
  const std::string problem_{};
};

}  // namespace fruits::io
