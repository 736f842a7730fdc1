#include "io/archive/gzip_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <vector>

#include "fruits/core/try.h"
#include "io/archive/block_reader.h"
#include "io/archive/inflate.h"

namespace fruits::io {
namespace {

constexpr std::uint64_t kTrailerBytes = 8;
constexpr std::size_t kScratchBytes = 64 << 10;

// One walk from an access point: content is thrown away up to the offset, then taken.
class Walk {
 public:
  Walk(const std::string& address, RandomReader& source, std::stop_token stop, InflateStream stream)
      : address_(address), source_(source), stop_(std::move(stop)), stream_(std::move(stream)) {}

  Status Begin(const AccessPoint& point, std::uint64_t likely_end) {
    next_in_ = point.in;
    likely_end_ = likely_end;
    raw_ = !point.at_header;
    if (!raw_) return {};
    if (point.bits > 0) {
      std::array<std::byte, 1> byte{};
      FRUITS_CHECK(source_.ReadAt(point.in - 1, byte));
      inflatePrime(stream_.get(), point.bits, static_cast<int>(byte[0]) >> (8 - point.bits));
    }
    std::array<unsigned char, kWindowBytes> window;
    uLongf length = window.size();
    if (uncompress(window.data(), &length, point.window.data(), static_cast<uLong>(point.window.size())) !=
            Z_OK ||
        inflateSetDictionary(stream_.get(), window.data(), static_cast<uInt>(length)) != Z_OK) {
      return Fail(ErrorCode::kInternal, fmt::format("{}: the index of its content is damaged", address_));
    }
    return {};
  }

  Status Take(std::span<std::byte> out) {
    stream_.SetOutput(out);
    while (stream_->avail_out > 0) {
      if (stream_->avail_in == 0) FRUITS_CHECK(Load());
      const int code = inflate(stream_.get(), Z_NO_FLUSH);
      if (code == Z_STREAM_END) {
        FRUITS_CHECK(PassMember());
      } else if (code != Z_OK && code != Z_BUF_ERROR && stream_->avail_out > 0) {
        // With all bytes there, it is the checksum, of which the first pass told.
        return Damaged();
      }
    }
    return {};
  }

 private:
  std::unexpected<Error> Damaged() const {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{}: its compressed data is damaged near byte {}", address_, next_in_));
  }

  // One request for all that will be needed, where it is at most 8 MiB.
  Status Load() {
    if (stop_.stop_requested()) {
      return Fail(ErrorCode::kCancelled, fmt::format("{}: stopped while reading", address_));
    }
    const std::uint64_t left = source_.size_bytes() - next_in_;
    if (left == 0) return Damaged();
    const std::uint64_t wanted = likely_end_ > next_in_ ? likely_end_ - next_in_ : kScratchBytes;
    input_.resize(static_cast<std::size_t>(std::min({wanted, left, kBlockBytes})));
    FRUITS_CHECK(source_.ReadAt(next_in_, input_));
    next_in_ += input_.size();
    stream_.SetInput(input_);
    return {};
  }

  // On to the next gzip member; a raw stream leaves its trailer unread.
  Status PassMember() {
    for (std::uint64_t left = raw_ ? kTrailerBytes : 0; left > 0;) {
      if (stream_->avail_in == 0) FRUITS_CHECK(Load());
      const auto step = static_cast<uInt>(std::min<std::uint64_t>(left, stream_->avail_in));
      stream_->next_in += step;
      stream_->avail_in -= step;
      left -= step;
    }
    raw_ = false;
    if (stream_->avail_out > 0) inflateReset2(stream_.get(), kGzip);
    return {};
  }

  const std::string& address_;
  RandomReader& source_;
  const std::stop_token stop_;
  InflateStream stream_;
  std::vector<std::byte> input_;
  std::uint64_t next_in_ = 0;
  std::uint64_t likely_end_ = 0;
  bool raw_ = false;
};

}  // namespace

GzipReader::GzipReader(std::string address, std::unique_ptr<RandomReader> source, GzipIndex index,
                       std::stop_token stop)
    : address_(std::move(address)),
      source_(std::move(source)),
      index_(std::move(index)),
      stop_(std::move(stop)) {}

Status GzipReader::ReadAt(std::uint64_t offset, std::span<std::byte> out) {
  if (offset > size_bytes() || out.size() > size_bytes() - offset) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{}: its content ends at byte {}; {} bytes were expected at {}", address_,
                            size_bytes(), out.size(), offset));
  }
  const auto& points = index_.points;
  const auto after = std::ranges::upper_bound(points, offset, {}, &AccessPoint::out);
  const AccessPoint& point = *(after - 1);
  const auto end = std::ranges::lower_bound(points, offset + out.size(), {}, &AccessPoint::out);
  const std::uint64_t likely_end = end == points.end() ? source_->size_bytes() : end->in;

  FRUITS_TRY(InflateStream stream, InflateStream::Make(point.at_header ? kGzip : kRawDeflate));
  Walk walk(address_, *source_, stop_, std::move(stream));
  FRUITS_CHECK(walk.Begin(point, likely_end));
  std::vector<std::byte> scratch(kScratchBytes);
  for (std::uint64_t left = offset - point.out; left > 0;) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(left, scratch.size()));
    FRUITS_CHECK(walk.Take(std::span(scratch).first(step)));
    left -= step;
  }
  return walk.Take(out);
}

}  // namespace fruits::io
