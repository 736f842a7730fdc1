// zlib's inflate with its memory owned.
//
//   FRUITS_TRY(InflateStream stream, InflateStream::Make(kRawDeflate));
//   const int code = inflate(stream.get(), Z_NO_FLUSH);
//
// Threads: one user. Memory: about 45 KB.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "fruits/core/error.h"

namespace fruits::io {

inline constexpr int kRawDeflate = -15;
inline constexpr int kGzip = 31;
inline constexpr std::size_t kWindowBytes = 32768;

class InflateStream {
 public:
  static Result<InflateStream> Make(int window_bits) {
    InflateStream stream;
    if (inflateInit2(stream.get(), window_bits) != Z_OK)
      return Fail(ErrorCode::kResourceExhausted, "not enough memory to decompress");
    stream.started_ = true;
    return stream;
  }
  // zlib's state points back to its stream, so that must not move.
  InflateStream(InflateStream&& other) noexcept
      : stream_(std::move(other.stream_)), started_(std::exchange(other.started_, false)) {}
  InflateStream& operator=(InflateStream&& other) noexcept {
    std::swap(stream_, other.stream_);
    std::swap(started_, other.started_);
    return *this;
  }
  ~InflateStream() {
    if (started_) inflateEnd(stream_.get());
  }

  z_stream* get() { return stream_.get(); }
  z_stream* operator->() { return stream_.get(); }
  // At most 4 GiB - 1.
  void SetInput(std::span<const std::byte> bytes) {
    stream_->next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
    stream_->avail_in = static_cast<uInt>(bytes.size());
  }
  void SetOutput(std::span<std::byte> bytes) {
    stream_->next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream_->avail_out = static_cast<uInt>(bytes.size());
  }

 private:
  InflateStream() = default;
  std::unique_ptr<z_stream> stream_ = std::make_unique<z_stream>();
  bool started_ = false;
};

}  // namespace fruits::io
