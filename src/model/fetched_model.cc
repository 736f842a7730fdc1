#include "fruits/model/fetched_model.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "fruits/core/sha256.h"
#include "fruits/core/try.h"
#include "model/fetch_files.h"
#include "model/model_files.h"

namespace fruits {
namespace {

// The folder for what `identity` tells from everything else.
Result<std::unique_ptr<Folder>> OpenCache(Storage& storage, const std::string& cache_directory,
                                          const std::string& identity) {
  if (cache_directory.empty()) {
    return Fail(ErrorCode::kFailedPrecondition,
                "there is no cache folder to fetch it into; set XDG_CACHE_HOME or HOME");
  }
  const std::string path = cache_directory + "/" + ToHex(Sha256Of(identity));
  return storage.OpenFolder({.scheme = Scheme::kFile, .bucket = "", .raw = path});
}

Status FetchInto(Storage& storage, Bundle& bundle, const std::string& cache_directory) {
  FRUITS_TRY(const Uri uri, ParseUri(bundle.directory, "/"));
  FRUITS_TRY(const auto from, storage.OpenFolder(uri));
  std::string identity;
  for (const auto& [name, digest] : bundle.sha256) identity += fmt::format("{}  {}\n", digest, name);
  FRUITS_TRY(const auto cache, OpenCache(storage, cache_directory, identity));
  FRUITS_CHECK(FetchFiles(*from, bundle.sha256, *cache));
  bundle.directory = cache->uri().raw;
  return {};
}

// Those of `names` that exist, which `main` must.
Result<std::string> FetchNamed(Storage& storage, const Folder& from, const std::string& main,
                               const std::set<std::string>& names, const std::string& cache_directory) {
  std::map<std::string, FileFacts> files;
  std::string identity;
  for (const std::string& name : names) {
    FRUITS_TRY(auto facts, from.Facts(name));
    if (!facts && name != main) continue;
    if (!facts)
      return Fail(ErrorCode::kNotFound, fmt::format("model file '{}' does not exist", from.Address(name)));
    identity += fmt::format("{}\n{}\n{}\n", from.Address(name), facts->etag, facts->size_bytes);
    files[name] = std::move(*facts);
  }
  FRUITS_TRY(const auto cache, OpenCache(storage, cache_directory, identity));
  FRUITS_CHECK(FetchFiles(from, files, *cache));
  return cache->uri().raw + "/" + main;
}

}  // namespace

Result<Bundle> FetchBundle(Storage& storage, Bundle bundle, const std::string& cache_directory) {
  if (!bundle.directory.starts_with("s3://")) return bundle;
  const Status fetched = FetchInto(storage, bundle, cache_directory);
  if (!fetched)
    return std::unexpected(fetched.error().WithContext("while fetching model '" + bundle.name + "'"));
  return bundle;
}

Result<std::string> FetchModelFile(Storage& storage, const std::string& path_or_address,
                                   const std::string& cache_directory) {
  if (path_or_address.find("://") == std::string::npos) return path_or_address;
  FRUITS_TRY(Uri uri, ParseUri(path_or_address, "/"));
  if (uri.is_local()) return uri.raw;
  const std::size_t folder_end = uri.raw.rfind('/') + 1;
  const std::string main = uri.raw.substr(folder_end);
  uri.raw.resize(folder_end);
  FRUITS_TRY(const auto from, storage.OpenFolder(uri));
  std::string path = main;
  if (main.ends_with(".onnx")) {  // which names its weights inside
    FRUITS_TRY(path, FetchNamed(storage, *from, main, {main}, cache_directory));
  }
  FRUITS_TRY(std::set<std::string> names, CompanionFiles(path));
  if (names.empty()) return path;
  names.insert(main);
  return FetchNamed(storage, *from, main, names, cache_directory);
}

}  // namespace fruits
