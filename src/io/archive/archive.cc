#include "io/archive/archive.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "fruits/core/guard.h"
#include "io/archive/parquet_archive.h"
#include "io/archive/tar_archive.h"
#include "io/archive/zip_archive.h"

namespace fruits::io {
namespace {

using OpenKind = Result<std::unique_ptr<Archive>> (*)(ArchiveSource, std::string&);

constexpr std::array<std::pair<std::string_view, OpenKind>, 5> kKinds{{
    {".tar", OpenTar},
    {".tar.gz", OpenTarGz},
    {".tgz", OpenTarGz},
    {".zip", OpenZip},
    {".parquet", OpenParquetOfBytes},
}};

bool EndsWith(std::string_view name, std::string_view end) {
  if (name.size() <= end.size()) return false;
  return std::ranges::equal(name.substr(name.size() - end.size()), end,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

const std::pair<std::string_view, OpenKind>* KindOf(std::string_view name) {
  const auto kind = std::ranges::find_if(kKinds, [&](const auto& k) { return EndsWith(name, k.first); });
  return kind == kKinds.end() ? nullptr : &*kind;
}

}  // namespace

bool IsArchiveName(std::string_view name) { return KindOf(name) != nullptr; }

Result<std::unique_ptr<Archive>> OpenArchive(const std::string& address, std::unique_ptr<RandomReader> reader,
                                             std::int64_t mtime_ns, std::stop_token stop,
                                             std::string& problem) {
  problem.clear();
  const auto* kind = KindOf(address);
  if (!kind) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} is no archive by its name: .tar, .tar.gz, .tgz, .zip or .parquet was expected",
                    address));
  }
  return Guard(
      [&] { return kind->second({address, std::move(reader), mtime_ns, std::move(stop)}, problem); });
}

}  // namespace fruits::io
