#include <arrow/filesystem/gcsfs.h>
#include <arrow/result.h>
#include <arrow/util/io_util.h>
#include <fmt/core.h>

#include <cerrno>

#include "fruits/core/try.h"
#include "io/arrow_fs/store.h"

namespace fruits::io {
namespace {

constexpr double kGiveUpAfterSeconds = 60;
constexpr std::string_view kHowToSignIn =
    "; sign in by `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a key "
    "file";

class GcsStore : public ArrowStore {
 public:
  explicit GcsStore(std::shared_ptr<arrow::fs::FileSystem> system) : ArrowStore(std::move(system), true) {}

  std::string KeyOf(std::string_view path) const override {
    return std::string(path.substr(path.find('/') + 1));
  }

 private:
  std::string PathOf(const Uri& uri) const override { return uri.bucket + "/" + uri.raw; }

  Error Fault(const arrow::Status& status, const Uri& uri) override {
    const std::string& words = status.message();
    const auto says = [&](std::string_view what) { return words.find(what) != std::string::npos; };
    if (says("OAuth2 access token")) {
      return Error(ErrorCode::kFailedPrecondition,
                   fmt::format("{}: Google gave no access token{}", uri.ToString(), kHowToSignIn));
    }
    if (says("Status(PERMISSION_DENIED") || says("Status(UNAUTHENTICATED") || status.IsInvalid()) {
      return StoreError(ErrorCode::kFailedPrecondition, uri, status);
    }
    const Error missing(ErrorCode::kNotFound, uri.ToString() + " does not exist");
    if (words.starts_with("No such file")) return missing;  // Arrow's own: nothing was listed
    if (arrow::internal::ErrnoFromStatus(status) != ENOENT) {
      return StoreError(ErrorCode::kUnavailable, uri, status);
    }
    // Google says it of a listing where there is no bucket, of a file for either reason.
    const bool is_folder = uri.raw.empty() || uri.raw.ends_with('/');
    const auto bucket = is_folder ? arrow::fs::FileInfo() : system().GetFileInfo(uri.bucket);
    if (is_folder || (bucket.ok() && bucket->type() == arrow::fs::FileType::NotFound)) {
      return Error(ErrorCode::kFailedPrecondition,
                   fmt::format("{}: there is no bucket '{}'", uri.ToString(), uri.bucket));
    }
    return missing;
  }
};

}  // namespace

Result<std::shared_ptr<ArrowStore>> OpenGcs(const Environment& environment) {
  std::string emulator = environment("STORAGE_EMULATOR_HOST").value_or("");
  while (emulator.ends_with('/')) emulator.pop_back();
  auto options = emulator.empty() ? arrow::fs::GcsOptions::Defaults() : arrow::fs::GcsOptions::Anonymous();
  if (!emulator.empty()) {
    const std::size_t scheme = emulator.find("://");  // as Google's tools have it, with or without
    options.scheme = scheme == std::string::npos ? "http" : emulator.substr(0, scheme);
    options.endpoint_override = scheme == std::string::npos ? emulator : emulator.substr(scheme + 3);
  }
  options.retry_limit_seconds = kGiveUpAfterSeconds;
  auto system = arrow::fs::GcsFileSystem::Make(options);
  if (!system.ok()) {
    return std::unexpected(StoreError(ErrorCode::kFailedPrecondition,
                                      {.scheme = Scheme::kGcs, .bucket = {}, .raw = {}}, system.status()));
  }
  return std::make_shared<GcsStore>(*std::move(system));
}

}  // namespace fruits::io
