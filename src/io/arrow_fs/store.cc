#include "io/arrow_fs/store.h"

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>

#include "fruits/core/try.h"

namespace fruits::io {
namespace {

constexpr int kReadTries = 3;

// As many bytes as the file has; false: it has another number of them.
arrow::Result<bool> ReadWhole(arrow::io::InputStream& stream, std::vector<std::byte>& buffer) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    ARROW_ASSIGN_OR_RAISE(const int64_t got,
                          stream.Read(static_cast<int64_t>(buffer.size() - done), buffer.data() + done));
    if (got == 0) return false;
    done += static_cast<std::size_t>(got);
  }
  std::byte more{};
  ARROW_ASSIGN_OR_RAISE(const int64_t got, stream.Read(1, &more));
  return got == 0;
}

}  // namespace

class ArrowFile : public RandomReader {
 public:
  ArrowFile(std::shared_ptr<ArrowStore> store, Uri uri, std::shared_ptr<arrow::io::RandomAccessFile> file,
            std::uint64_t size)
      : store_(std::move(store)), uri_(std::move(uri)), file_(std::move(file)), size_bytes_(size) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }

  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) override {
    while (!out.empty()) {
      const auto got =
          file_->ReadAt(static_cast<int64_t>(offset), static_cast<int64_t>(out.size()), out.data());
      if (!got.ok()) {
        Error error = store_->Fault(got.status(), uri_);
        if (error.code() != ErrorCode::kNotFound) return std::unexpected(std::move(error));
        return Fail(ErrorCode::kFailedPrecondition, uri_.ToString() + " was replaced while it was read");
      }
      if (*got == 0)
        return Fail(ErrorCode::kCorrupt, fmt::format("{} ends at byte {}", uri_.ToString(), offset));
      offset += static_cast<std::uint64_t>(*got);
      out = out.subspan(static_cast<std::size_t>(*got));
    }
    return {};
  }

 private:
  const std::shared_ptr<ArrowStore> store_;
  const Uri uri_;
  const std::shared_ptr<arrow::io::RandomAccessFile> file_;
  const std::uint64_t size_bytes_;
};

Error StoreError(ErrorCode code, const Uri& uri, const arrow::Status& status, std::string_view hint) {
  // Google's client says all of it a second time, for machines.
  std::string words = status.message();
  words.resize(std::min({words.find('\n'), words.find(" error_info="), words.size()}));
  if (!IsValidUtf8(words)) words = EncodePath(words);
  return Error(code, fmt::format("{}: {}{}", uri.ToString(), words, hint));
}

Result<arrow::fs::FileInfo> ArrowStore::Look(const Uri& uri) {
  auto info = system_->GetFileInfo(PathOf(uri));
  if (!info.ok()) return std::unexpected(Fault(info.status(), uri));
  return *std::move(info);
}

Result<std::vector<arrow::fs::FileInfo>> ArrowStore::List(const Uri& folder) {
  arrow::fs::FileSelector selector;
  selector.base_dir = PathOf(folder);
  selector.recursive = lists_all_below_;
  auto infos = system_->GetFileInfo(selector);
  if (infos.ok()) return *std::move(infos);
  if (const auto info = Look(folder); info && info->IsFile()) {
    return Fail(ErrorCode::kNotFound, folder.ToString() + " is a file; expected a folder");
  }
  return std::unexpected(Fault(infos.status(), folder));
}

Result<FileFacts> ArrowStore::Read(const Uri& uri, std::vector<std::byte>& buffer, std::uint64_t max_bytes) {
  for (int tries = 0; tries < kReadTries; ++tries) {
    // The facts first: a photo with older facts than bytes is read again by the next run, never kept by
    // mistake.
    FRUITS_TRY(const arrow::fs::FileInfo info, Look(uri));
    const auto size = static_cast<std::uint64_t>(std::max<int64_t>(info.size(), 0));
    if (max_bytes > 0 && size > max_bytes) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} is larger than the limit of {} bytes", uri.ToString(), max_bytes));
    }
    auto stream = system_->OpenInputStream(PathOf(uri));
    if (!stream.ok()) return std::unexpected(Fault(stream.status(), uri));
    if (!info.IsFile()) continue;  // it appeared just now
    buffer.resize(size);
    const auto whole = ReadWhole(**stream, buffer);
    if (!whole.ok()) return std::unexpected(Fault(whole.status(), uri));
    if (*whole) {
      return FileFacts{.size_bytes = size, .mtime_ns = info.mtime().time_since_epoch().count()};
    }
  }
  return Fail(ErrorCode::kIo, uri.ToString() + " was changed each time it was read");
}

Result<std::unique_ptr<RandomReader>> ArrowStore::Open(const Uri& uri) {
  auto file = system_->OpenInputFile(PathOf(uri));
  if (!file.ok()) return std::unexpected(Fault(file.status(), uri));
  const auto size = (*file)->GetSize();
  if (!size.ok()) return std::unexpected(Fault(size.status(), uri));
  return std::make_unique<ArrowFile>(shared_from_this(), uri, *std::move(file),
                                     static_cast<std::uint64_t>(*size));
}

}  // namespace fruits::io
