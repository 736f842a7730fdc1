#include "io/archive/gzip_forward.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "fruits/core/try.h"
#include "io/archive/block_reader.h"
#include "io/archive/kind_of_data.h"

namespace fruits::io {
namespace {

constexpr std::size_t kOutputBytes = 256 << 10;
constexpr std::uint64_t kTailBytesMax = 64 << 20;

}  // namespace

Result<std::unique_ptr<GzipForward>> GzipForward::Open(std::string address, RandomReader& source,
                                                       std::stop_token stop) {
  FRUITS_TRY(InflateStream stream, InflateStream::Make(kGzip));
  return std::unique_ptr<GzipForward>(
      new GzipForward(std::move(address), source, std::move(stop), std::move(stream)));
}

GzipForward::GzipForward(std::string address, RandomReader& source, std::stop_token stop,
                         InflateStream stream)
    : address_(std::move(address)),
      source_(source),
      stop_(std::move(stop)),
      stream_(std::move(stream)),
      output_(kOutputBytes),
      mark_(kBlockBytes) {
  stream_->avail_in = 0;
  index_.points.emplace_back();
}

Status GzipForward::LoadInput() {
  if (stop_.stop_requested())
    return Fail(ErrorCode::kCancelled, fmt::format("{}: stopped while reading", address_));
  input_.resize(static_cast<std::size_t>(std::min(kBlockBytes, source_.size_bytes() - in_total_)));
  FRUITS_CHECK(source_.ReadAt(in_total_, input_));
  in_total_ += input_.size();
  stream_.SetInput(input_);
  return {};
}

void GzipForward::End(const char* problem) {
  ended_ = true;
  if (problem) problem_ = fmt::format("{} at byte {}", problem, in_total_ - stream_->avail_in);
}

void GzipForward::EndInDamage() {
  const std::string_view words = stream_->msg ? stream_->msg : "";
  // Before the first byte is out, input_ is still the file's beginning.
  const bool is_gzip =
      std::string_view(reinterpret_cast<const char*>(input_.data()), input_.size()).starts_with("\x1f\x8b");
  if (out_total_ == 0 && in_total_ == input_.size() && !is_gzip) {
    const std::string_view kind =
        KindOfData(std::span<const std::byte>(input_).first(std::min(input_.size(), kKindBytes)));
    ended_ = true;
    problem_ = kind.empty() ? "it is not gzip data" : fmt::format("it is {}, not gzip data", kind);
  } else if (between_members_ && out_total_ > 0) {
    End(nullptr);  // behind the last member anything may follow, as gzip has it
  } else if (words == "incorrect data check" || words == "incorrect length check") {
    End("the checksum of its content is wrong (some photos may be damaged)");
  } else {
    End("its compressed data is damaged");
  }
}

// Until some content is ready or there is no more.
Status GzipForward::Fill() {
  while (ready_.empty() && !ended_) {
    const bool no_more = in_total_ == source_.size_bytes();
    if (stream_->avail_in == 0 && !no_more) FRUITS_CHECK(LoadInput());
    stream_.SetOutput(output_);
    const int code = inflate(stream_.get(), Z_BLOCK);
    ready_ = std::span(output_).first(output_.size() - stream_->avail_out);
    out_total_ += ready_.size();
    if (code == Z_STREAM_END) {
      between_members_ = true;
      FRUITS_CHECK(BeginNextMember());
    } else if (code == Z_MEM_ERROR) {
      return Fail(ErrorCode::kResourceExhausted,
                  fmt::format("{}: not enough memory to decompress", address_));
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      EndInDamage();
    } else if (stream_->avail_in == 0 && in_total_ == source_.size_bytes() && ready_.empty()) {
      End(between_members_ && out_total_ > 0 ? nullptr : "it is cut short");
    } else {
      const int state = stream_->data_type;
      if ((state & 128) != 0) {
        between_members_ = false;
        if ((state & 64) == 0) AtBoundary();
      }
    }
  }
  return {};
}

Status GzipForward::BeginNextMember() {
  if (stream_->avail_in == 0 && in_total_ == source_.size_bytes()) {
    End(nullptr);
    return {};
  }
  inflateReset(stream_.get());
  if (out_total_ > mark_) Keep();
  candidate_ = {.out = out_total_, .in = in_total_ - stream_->avail_in};
  candidate_window_.clear();
  return {};
}

// Between two blocks of deflate: a place to start from.
void GzipForward::AtBoundary() {
  if (out_total_ > mark_) Keep();
  // Blocks can be far smaller than the window that each copy costs.
  if (out_total_ < candidate_.out + kWindowBytes) return;
  candidate_ = {.out = out_total_,
                .in = in_total_ - stream_->avail_in,
                .bits = stream_->data_type & 7,
                .at_header = false};
  candidate_window_.resize(kWindowBytes);
  uInt length = 0;
  inflateGetDictionary(stream_.get(), candidate_window_.data(), &length);
  candidate_window_.resize(length);
}

void GzipForward::Keep() {
  mark_ = (out_total_ + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  if (candidate_.out <= index_.points.back().out) return;
  AccessPoint point = candidate_;
  if (!point.at_header) {
    uLongf length = compressBound(static_cast<uLong>(candidate_window_.size()));
    std::vector<unsigned char> packed(length);
    compress2(packed.data(), &length, candidate_window_.data(), static_cast<uLong>(candidate_window_.size()),
              Z_BEST_SPEED);
    point.window.assign(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(length));
  }
  index_.points.push_back(std::move(point));
}

Result<std::size_t> GzipForward::Read(std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    FRUITS_CHECK(Fill());
    if (ready_.empty()) break;
    const std::size_t count = std::min(out.size() - done, ready_.size());
    std::memcpy(out.data() + done, ready_.data(), count);
    ready_ = ready_.subspan(count);
    done += count;
  }
  return done;
}

Result<std::uint64_t> GzipForward::Skip(std::uint64_t count) {
  std::uint64_t done = 0;
  while (done < count) {
    FRUITS_CHECK(Fill());
    if (ready_.empty()) break;
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(count - done, ready_.size()));
    ready_ = ready_.subspan(step);
    done += step;
  }
  return done;
}

Result<GzipIndex> GzipForward::Finish() {
  FRUITS_CHECK(Skip(kTailBytesMax));
  index_.size_bytes = out_total_;
  return std::move(index_);
}

}  // namespace fruits::io
