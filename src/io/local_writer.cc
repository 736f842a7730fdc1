#include "io/local_writer.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "fruits/core/try.h"
#include "io/posix.h"

namespace fruits::io {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr int kMostNames = 10000;

// Open, new, locked and still there: a cleaner may have been quicker than the lock. Not open: the name is
// another writer's, or was left behind.
Result<Descriptor> CreateLocked(const std::string& temporary) {
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.is_open() && errno == EEXIST) return Descriptor();
  if (!file.is_open()) return FailSystem("create", temporary, errno);
  struct stat facts{};
  // Where locks are not supported, nobody can take this for abandoned either.
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return Descriptor();
  if (::fstat(file.get(), &facts) != 0 || facts.st_nlink == 0) return Descriptor();
  return file;
}

class LocalWriter : public FileWriter {
 public:
  LocalWriter(std::string path, std::string temporary, Descriptor file)
      : path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)) {
    buffer_.reserve(kBufferBytes);
  }

  ~LocalWriter() override {
    if (file_.is_open()) ::unlink(temporary_.c_str());
  }

  Status Append(std::string_view bytes) override {
    if (!file_.is_open()) return Spent();
    hash_.Update(bytes);
    size_bytes_ += bytes.size();
    if (buffer_.size() + bytes.size() > kBufferBytes) FRUITS_CHECK(Flush());
    if (bytes.size() > kBufferBytes) {
      FRUITS_CHECK(WriteAll(file_.get(), bytes, path_));
    } else {
      buffer_.append(bytes);
    }
    return {};
  }

  Result<WrittenFile> Commit() override {
    if (!file_.is_open()) return std::unexpected(Spent().error());
    FRUITS_CHECK(Flush());
    if (::fsync(file_.get()) != 0) return FailSystem("sync", path_, errno);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0)
      return FailSystem("rename a temporary to", path_, errno);
    file_.Close();
    FRUITS_CHECK(SyncFolder(path_.substr(0, path_.rfind('/') + 1)));
    return WrittenFile{size_bytes_, ToHex(hash_.Finish())};
  }

 private:
  Status Flush() {
    FRUITS_CHECK(WriteAll(file_.get(), buffer_, path_));
    buffer_.clear();
    return {};
  }
  Status Spent() const {
    return Fail(ErrorCode::kInternal, fmt::format("{} is written to after its commit", path_));
  }

  const std::string path_;
  const std::string temporary_;
  Descriptor file_;
  std::string buffer_;
  Sha256 hash_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<FileWriter>> CreateLocalFile(const std::string& path) {
  const std::size_t slash = path.rfind('/') + 1;
  for (int n = 0; n < kMostNames; ++n) {
    const std::string temporary = fmt::format("{}{}{}-{}-{}", path.substr(0, slash), kTemporaryPrefix,
                                              ::getpid(), n, path.substr(slash));
    FRUITS_TRY(Descriptor file, CreateLocked(temporary));
    if (file.is_open()) return std::make_unique<LocalWriter>(path, temporary, std::move(file));
  }
  return Fail(ErrorCode::kIo, fmt::format("no free name for a temporary beside {}", path));
}

Status RemoveIfAbandoned(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return {};
    return FailSystem("open", path, errno);
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return {};  // in use, or nobody can tell
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return FailSystem("remove", path, errno);
  return {};
}

}  // namespace fruits::io
