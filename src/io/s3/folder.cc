#include "io/s3/folder.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "fruits/core/try.h"
#include "io/folder_name.h"
#include "io/s3/known_names.h"
#include "io/s3/reader.h"
#include "io/s3/writer.h"

namespace fruits::io {
namespace {

constexpr std::string_view kLeaseName = "_run/lease.json";

// The folder keeps an eye on the lease that its user holds, and forgets its names with it.
class HeldLease : public Lease {
 public:
  HeldLease(std::shared_ptr<Lease> lease, std::shared_ptr<KnownNames> names)
      : lease_(std::move(lease)), names_(std::move(names)) {}
  ~HeldLease() override { names_->End(); }
  Status Check() const override { return lease_->Check(); }

 private:
  const std::shared_ptr<Lease> lease_;
  const std::shared_ptr<KnownNames> names_;
};

// Writes nothing once the lease is another run's.
class LeasedWriter : public FileWriter {
 public:
  LeasedWriter(std::unique_ptr<FileWriter> file, std::string_view name, std::weak_ptr<Lease> lease,
               std::shared_ptr<KnownNames> names)
      : file_(std::move(file)), name_(name), lease_(std::move(lease)), names_(std::move(names)) {}
  Status Append(std::string_view bytes) override { return file_->Append(bytes); }
  Result<WrittenFile> Commit() override {
    if (const auto lease = lease_.lock()) FRUITS_CHECK(lease->Check());
    names_->Add(name_);  // also where the answer is an error: the object may be there
    return file_->Commit();
  }

 private:
  const std::unique_ptr<FileWriter> file_;
  const std::string name_;
  const std::weak_ptr<Lease> lease_;
  const std::shared_ptr<KnownNames> names_;
};

class S3Folder : public Folder {
 public:
  S3Folder(std::shared_ptr<S3Client> client, Uri uri, S3LeaseOptions lease)
      : client_(std::move(client)), uri_(std::move(uri)), lease_(lease) {
    base_ = uri_.raw.empty() || uri_.raw.ends_with('/') ? uri_.raw : uri_.raw + "/";
    // Of "out//" no '/' is spare: "out/" would be the folder "out".
    if (uri_.raw.size() > 1 && uri_.raw.ends_with('/') && !uri_.raw.ends_with("//")) uri_.raw.pop_back();
  }

  const Uri& uri() const override { return uri_; }

  std::string Address(std::string_view name) const override {
    return name.empty() ? uri_.ToString() : Uri{Scheme::kS3, uri_.bucket, Key(name)}.ToString();
  }

  Result<std::optional<FileFacts>> Facts(std::string_view name) const override {
    FRUITS_CHECK(CheckFolderName(name));
    auto object = client_->Head(uri_.bucket, Key(name));
    if (object) return FileFacts{object->size_bytes, object->mtime_ns, std::move(object->etag)};
    if (object.error().code() == ErrorCode::kNotFound) return std::nullopt;
    return std::unexpected(std::move(object).error());
  }

  Result<std::unique_ptr<RandomReader>> Open(std::string_view name) const override {
    FRUITS_CHECK(CheckFolderName(name));
    return OpenS3Object(client_, uri_.bucket, Key(name));
  }

  Result<bool> Exists(std::string_view name) const override {
    if (const auto known = names_->Contains(name)) return *known;
    return Folder::Exists(name);
  }

  Result<std::vector<std::string>> List(std::string_view prefix) const override {
    const std::size_t slash = prefix.rfind('/');
    if (slash != std::string_view::npos) FRUITS_CHECK(CheckFolderName(prefix.substr(0, slash)));
    if (auto known = names_->Below(prefix)) return std::move(*known);
    std::vector<std::string> names;
    S3ListRequest request{.prefix = Key(prefix)};
    do {
      FRUITS_TRY(S3Page page, client_->List(uri_.bucket, request));
      for (const S3Entry& entry : page.entries) {
        if (!entry.key.starts_with(base_)) continue;
        std::string name = entry.key.substr(base_.size());
        if (name != kLeaseName && CheckFolderName(name)) names.push_back(std::move(name));
      }
      request.token = std::move(page.next_token);
    } while (!request.token.empty());
    std::ranges::sort(names);
    return names;
  }

  Result<std::vector<std::string>> ListFolders() const override {
    std::vector<std::string> names;
    S3ListRequest request{.prefix = base_, .delimiter = "/"};
    do {
      FRUITS_TRY(S3Page page, client_->List(uri_.bucket, request));
      for (const std::string& prefix : page.prefixes) {
        if (!prefix.starts_with(base_) || !prefix.ends_with('/')) continue;
        std::string name = prefix.substr(base_.size(), prefix.size() - 1 - base_.size());
        if (CheckFolderName(name)) names.push_back(std::move(name));
      }
      request.token = std::move(page.next_token);
    } while (!request.token.empty());
    std::ranges::sort(names);
    return names;
  }

  Result<std::string> Read(std::string_view name) const override {
    FRUITS_CHECK(CheckFolderName(name));
    std::vector<std::byte> bytes;
    FRUITS_TRY(const S3Object object, client_->Get(uri_.bucket, Key(name), {}, bytes));
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  Result<std::unique_ptr<FileWriter>> Create(std::string_view name) override {
    FRUITS_CHECK(CheckFolderName(name));
    auto file = CreateS3Object(client_, uri_.bucket, Key(name));
    return std::make_unique<LeasedWriter>(std::move(file), name, held_, names_);
  }

  Status Remove(std::string_view name) override {
    FRUITS_CHECK(CheckFolderName(name));
    if (const auto lease = held_.lock()) FRUITS_CHECK(lease->Check());
    if (names_->Contains(name) == false) return {};
    FRUITS_CHECK(client_->Delete(uri_.bucket, Key(name)));
    names_->Remove(name);
    return {};
  }

  Status RemoveTemporaries() override { return {}; }

  Result<std::size_t> AbortUploads(IsWanted is_wanted) override {
    FRUITS_TRY(const std::vector<S3Upload> uploads, client_->ListUploads(uri_.bucket, base_));
    std::size_t count = 0;
    for (const S3Upload& each : uploads) {
      if (!each.key.starts_with(base_) || !is_wanted(std::string_view(each.key).substr(base_.size())))
        continue;
      if (const auto lease = held_.lock()) FRUITS_CHECK(lease->Check());
      FRUITS_CHECK(client_->AbortUpload(uri_.bucket, each.key, each.upload));
      ++count;
    }
    return count;
  }

  Result<std::unique_ptr<Lease>> TakeLease(const std::string& holder) override {
    FRUITS_TRY(std::shared_ptr<Lease> lease,
               TakeS3Lease(client_, uri_.bucket, Key(kLeaseName), uri_.ToString(), holder, lease_));
    FRUITS_TRY(std::vector<std::string> names, List(""));
    names_->Begin(std::move(names));
    held_ = lease;
    return std::make_unique<HeldLease>(std::move(lease), names_);
  }

  Status RefreshNames() override {
    names_->End();
    if (held_.expired()) return {};
    FRUITS_TRY(std::vector<std::string> names, List(""));
    names_->Begin(std::move(names));
    return {};
  }

  Result<std::optional<std::string>> LeaseHolder() const override {
    return S3LeaseHolder(*client_, uri_.bucket, Key(kLeaseName), lease_);
  }

 private:
  std::string Key(std::string_view name) const { return fmt::format("{}{}", base_, name); }

  const std::shared_ptr<S3Client> client_;
  Uri uri_;           // without a spare '/' at its end
  std::string base_;  // "" or with one
  const S3LeaseOptions lease_;
  std::weak_ptr<Lease> held_;  // while its user holds it
  const std::shared_ptr<KnownNames> names_ = std::make_shared<KnownNames>();
};

}  // namespace

Result<std::unique_ptr<Folder>> OpenS3Folder(std::shared_ptr<S3Client> client, const Uri& uri,
                                             const S3LeaseOptions& lease) {
  if (uri.scheme != Scheme::kS3 || uri.bucket.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is no folder in a bucket; expected s3://bucket/prefix", uri.ToString()));
  }
  return std::make_unique<S3Folder>(std::move(client), uri, lease);
}

}  // namespace fruits::io
