#include "io/s3/reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "fruits/core/try.h"
#include "fruits/io/uri.h"

namespace fruits::io {
namespace {

constexpr std::uint64_t kBlockBytes = 1 << 20;

class S3Reader : public RandomReader {
 public:
  // `held` is what lies from byte 0 on: all of the object or nothing.
  S3Reader(std::shared_ptr<S3Client> client, std::string bucket, std::string key, S3Object object,
           std::vector<std::byte> held)
      : client_(std::move(client)),
        bucket_(std::move(bucket)),
        key_(std::move(key)),
        object_(std::move(object)),
        held_(std::move(held)) {}

  std::uint64_t size_bytes() const override { return object_.size_bytes; }

  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset > object_.size_bytes || out.size() > object_.size_bytes - offset) {
      return Fail(ErrorCode::kCorrupt, fmt::format("{} ends after {} bytes; {} bytes were expected at {}",
                                                   Address(), object_.size_bytes, out.size(), offset));
    }
    if (out.empty() || CopyHeld(offset, out)) return {};
    if (out.size() >= kBlockBytes / 2) {
      FRUITS_CHECK(Fetch(offset, out.size(), ranged_));
      std::ranges::copy(ranged_, out.begin());
      std::vector<std::byte>().swap(ranged_);
      return {};
    }
    // Near the end the block begins earlier: what lies before a footer's last bytes is read next.
    const std::uint64_t last_start = object_.size_bytes > kBlockBytes ? object_.size_bytes - kBlockBytes : 0;
    const std::uint64_t start = std::min(offset, last_start);
    held_.clear();
    FRUITS_CHECK(Fetch(start, std::min(kBlockBytes, object_.size_bytes - start), held_));
    held_start_ = start;
    CopyHeld(offset, out);
    return {};
  }

 private:
  std::string Address() const { return Uri{Scheme::kS3, bucket_, key_}.ToString(); }

  bool CopyHeld(std::uint64_t offset, std::span<std::byte> out) const {
    if (offset < held_start_ || offset - held_start_ > held_.size()) return false;
    const auto from = static_cast<std::size_t>(offset - held_start_);
    if (out.size() > held_.size() - from) return false;
    std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(from), out.size(), out.begin());
    return true;
  }

  Status Fetch(std::uint64_t offset, std::uint64_t length, std::vector<std::byte>& body) {
    bool changed = false;
    auto got = client_->Get(
        bucket_, key_, {.if_match = object_.etag, .offset = offset, .length = length, .changed = &changed},
        body);
    if (changed)
      return Fail(ErrorCode::kCorrupt, fmt::format("{} was replaced while it was read", Address()));
    if (!got) return std::unexpected(std::move(got).error());
    if (body.size() == length && got->size_bytes == object_.size_bytes) return {};
    body.clear();
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{} gave other bytes than the {} asked for at {}", Address(), length, offset));
  }

  const std::shared_ptr<S3Client> client_;
  const std::string bucket_;
  const std::string key_;
  const S3Object object_;
  std::vector<std::byte> held_;
  std::uint64_t held_start_ = 0;
  std::vector<std::byte> ranged_;
};

class S3Ranges : public RandomReader {
 public:
  S3Ranges(std::shared_ptr<S3Client> client, std::string bucket, std::string key, S3Object object)
      : client_(std::move(client)),
        bucket_(std::move(bucket)),
        key_(std::move(key)),
        object_(std::move(object)) {}

  std::uint64_t size_bytes() const override { return object_.size_bytes; }

  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    if (out.empty()) return {};
    const std::string address = Uri{Scheme::kS3, bucket_, key_}.ToString();
    bool changed = false;
    std::vector<std::byte> body;
    const auto got = client_->Get(
        bucket_, key_,
        {.if_match = object_.etag, .offset = offset, .length = out.size(), .changed = &changed}, body);
    // Not the member's own fault: what was listed of the archive is of the past.
    if (changed) return Fail(ErrorCode::kFailedPrecondition, address + " was replaced while it was read");
    if (!got) return std::unexpected(got.error());
    if (body.size() != out.size()) {
      return Fail(ErrorCode::kCorrupt, fmt::format("{} gave {} bytes at {}; expected {}", address,
                                                   body.size(), offset, out.size()));
    }
    std::ranges::copy(body, out.begin());
    return {};
  }

 private:
  const std::shared_ptr<S3Client> client_;
  const std::string bucket_;
  const std::string key_;
  const S3Object object_;
};

}  // namespace

Result<std::unique_ptr<RandomReader>> OpenS3Ranges(std::shared_ptr<S3Client> client, std::string bucket,
                                                   std::string key) {
  FRUITS_TRY(S3Object object, client->Head(bucket, key));
  return std::make_unique<S3Ranges>(std::move(client), std::move(bucket), std::move(key), std::move(object));
}

Result<std::unique_ptr<RandomReader>> OpenS3Object(std::shared_ptr<S3Client> client, std::string bucket,
                                                   std::string key, std::size_t whole_read_bytes) {
  std::vector<std::byte> bytes;
  auto whole = client->Get(bucket, key, {.max_bytes = whole_read_bytes}, bytes);
  if (whole) {
    return std::make_unique<S3Reader>(std::move(client), std::move(bucket), std::move(key), std::move(*whole),
                                      std::move(bytes));
  }
  if (whole.error().code() != ErrorCode::kInvalidArgument) return std::unexpected(std::move(whole).error());
  FRUITS_TRY(S3Object object, client->Head(bucket, key));
  return std::make_unique<S3Reader>(std::move(client), std::move(bucket), std::move(key), std::move(object),
                                    std::vector<std::byte>());
}

}  // namespace fruits::io
