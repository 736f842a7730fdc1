#include "io/s3/writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "fruits/core/try.h"
#include "fruits/io/uri.h"

namespace fruits::io {
namespace {

class S3Writer : public FileWriter {
 public:
  S3Writer(std::shared_ptr<S3Client> client, std::string bucket, std::string key)
      : client_(std::move(client)), bucket_(std::move(bucket)), key_(std::move(key)) {}

  ~S3Writer() override {
    if (!upload_.empty()) static_cast<void>(client_->AbortUpload(bucket_, key_, upload_));
  }

  Status Append(std::string_view bytes) override {
    FRUITS_CHECK(state_);
    hash_.Update(bytes);
    size_bytes_ += bytes.size();
    while (!bytes.empty()) {
      const std::size_t part_bytes = S3PartBytes(etags_.size());
      // A full part waits until more comes: it may be the whole file.
      if (buffer_.size() == part_bytes) FRUITS_CHECK(Keep(UploadBuffer()));
      const std::size_t taken = std::min(bytes.size(), S3PartBytes(etags_.size()) - buffer_.size());
      if (buffer_.empty() && taken > kSmall) buffer_.reserve(S3PartBytes(etags_.size()));
      buffer_.append(bytes.substr(0, taken));
      bytes.remove_prefix(taken);
    }
    return {};
  }

  Result<WrittenFile> Commit() override {
    FRUITS_CHECK(state_);
    FRUITS_CHECK(Keep(upload_.empty() ? PutBuffer() : Complete()));
    upload_.clear();
    state_ = Fail(ErrorCode::kInternal, fmt::format("{} is written to after its commit", Address()));
    return WrittenFile{size_bytes_, ToHex(hash_.Finish())};
  }

 private:
  static constexpr std::size_t kSmall = 1 << 20;

  std::string Address() const { return Uri{Scheme::kS3, bucket_, key_}.ToString(); }

  Status Keep(Status status) {
    if (!status) state_ = status;
    return status;
  }

  Status PutBuffer() {
    FRUITS_CHECK(client_->Put(bucket_, key_, buffer_));
    return {};
  }

  Status UploadBuffer() {
    if (upload_.empty()) {
      FRUITS_TRY(upload_, client_->BeginUpload(bucket_, key_));
    }
    const int part = static_cast<int>(etags_.size()) + 1;
    FRUITS_TRY(std::string etag, client_->UploadPart(bucket_, key_, upload_, part, buffer_));
    etags_.push_back(std::move(etag));
    buffer_.clear();
    return {};
  }

  Status Complete() {
    if (!buffer_.empty()) FRUITS_CHECK(UploadBuffer());
    return client_->CompleteUpload(bucket_, key_, upload_, etags_);
  }

  const std::shared_ptr<S3Client> client_;
  const std::string bucket_;
  const std::string key_;
  std::string buffer_;
  Sha256 hash_;
  std::uint64_t size_bytes_ = 0;
  std::string upload_;  // not empty: begun
  std::vector<std::string> etags_;
  Status state_;  // the error that spent it
};

}  // namespace

std::unique_ptr<FileWriter> CreateS3Object(std::shared_ptr<S3Client> client, std::string bucket,
                                           std::string key) {
  return std::make_unique<S3Writer>(std::move(client), std::move(bucket), std::move(key));
}

}  // namespace fruits::io
