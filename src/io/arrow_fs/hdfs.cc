#include <arrow/filesystem/hdfs.h>
#include <arrow/result.h>
#include <arrow/util/io_util.h>
#include <fmt/core.h>

#include <cerrno>
#include <charconv>

#include "fruits/core/try.h"
#include "io/arrow_fs/modified_utf8.h"
#include "io/arrow_fs/store.h"

namespace fruits::io {
namespace {

constexpr std::string_view kWhatToSet =
    "; hdfs:// needs JAVA_HOME (a JDK or JRE), HADOOP_HOME or else ARROW_LIBHDFS_DIR (the folder of "
    "libhdfs.so), and "
    "CLASSPATH (what `hadoop classpath --glob` prints)";
constexpr std::string_view kJavaSaysMore = "; Hadoop's own words are on stderr";

class HdfsStore : public ArrowStore {
 public:
  explicit HdfsStore(std::shared_ptr<arrow::fs::FileSystem> system) : ArrowStore(std::move(system), false) {}

  std::string KeyOf(std::string_view path) const override {
    return FromModifiedUtf8(path.substr(path.starts_with('/') ? 1 : 0));
  }

 private:
  std::string PathOf(const Uri& uri) const override {
    std::string path = ToModifiedUtf8("/" + uri.raw);
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
  }

  Error Fault(const arrow::Status& status, const Uri& uri) override {
    switch (arrow::internal::ErrnoFromStatus(status)) {
      case ENOENT:
      case ENOTDIR:
        return Error(ErrorCode::kNotFound, uri.ToString() + " does not exist");
      case EACCES:
      case EPERM:
        return StoreError(ErrorCode::kFailedPrecondition, uri, status, ": permission denied");
      default:
        return StoreError(ErrorCode::kUnavailable, uri, status, kJavaSaysMore);
    }
  }
};

// "host:port" or "host", which may stand for several name nodes; the port is then 0.
bool ParseAuthority(std::string_view authority, std::string& host, int& port) {
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']')) {
    host = authority;
    return true;
  }
  host = authority.substr(0, colon);
  const std::string_view digits = authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error == std::errc() && end == digits.data() + digits.size() && port > 0 && port < 65536 &&
         !host.empty();
}

}  // namespace

Result<std::shared_ptr<ArrowStore>> OpenHdfs(const std::string& authority, const Environment& environment) {
  const Uri root{.scheme = Scheme::kHdfs, .bucket = authority, .raw = ""};
  std::string host;
  int port = 0;
  if (!ParseAuthority(authority, host, port)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: expected hdfs://host:port/path", root.ToString()));
  }
  if (const auto status = arrow::fs::HaveLibHdfs(); !status.ok()) {
    return std::unexpected(StoreError(ErrorCode::kFailedPrecondition, root, status, kWhatToSet));
  }
  if (!environment("CLASSPATH")) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{}: CLASSPATH is not set{}", root.ToString(), kWhatToSet));
  }
  arrow::fs::HdfsOptions options;
  options.ConfigureEndPoint("hdfs://" + host, port);
  auto system = arrow::fs::HadoopFileSystem::Make(options);
  if (!system.ok()) {
    return std::unexpected(StoreError(ErrorCode::kFailedPrecondition, root, system.status(),
                                      fmt::format("{}{}", kJavaSaysMore, kWhatToSet)));
  }
  return std::make_shared<HdfsStore>(*std::move(system));
}

}  // namespace fruits::io
