#include "io/arrow_fs/listing.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/io/glob.h"
#include "io/catalog_builder.h"
#include "io/s3/key_filter.h"

namespace fruits::io {
namespace {

using arrow::fs::FileInfo;
using arrow::fs::FileType;

constexpr std::size_t kKeysAtOnce = 1000;

class StoreLister {
 public:
  StoreLister(ArrowStore& store, const RemoteInput& input, const std::vector<std::string>& name_globs,
              CatalogBuilder& builder, const std::stop_token& stop)
      : store_(store),
        input_(input),
        root_(Uri{input.uri.scheme, input.uri.bucket, ""}.RawPath()),
        name_globs_(name_globs),
        builder_(builder),
        stop_(stop) {}

  Status AddInput() {
    std::string key = input_.uri.raw;
    const bool is_glob = HasGlobSyntax(input_.text) && HasGlobSyntax(key);
    while (is_glob && key.ends_with('/')) key.pop_back();
    FileType type = FileType::NotFound;
    if (!key.empty() && !key.ends_with('/')) {
      FRUITS_TRY(const FileInfo info, store_.Look(At(key)));
      type = info.type();
      if (info.IsFile()) return Add(info);
    }
    bool found = type == FileType::Directory;
    if (is_glob && !found) {
      FRUITS_CHECK(CheckGlob(key));
      FRUITS_CHECK(AddAll(KeyFilter::Matching(key, name_globs_), found));
    } else {
      if (!key.empty() && !key.ends_with('/')) key += '/';
      FRUITS_CHECK(AddAll(KeyFilter::Below(key, name_globs_), found));
    }
    if (found) return {};
    const std::string address = input_.uri.ToString();
    return Fail(ErrorCode::kNotFound,
                is_glob ? fmt::format("nothing matches the input glob {}", address)
                        : fmt::format("the input {} does not exist: there is nothing of that name", address));
  }

 private:
  Uri At(std::string key) const { return {input_.uri.scheme, input_.uri.bucket, std::move(key)}; }

  // An input that is a file: taken whatever it is called.
  Status Add(const FileInfo& info) {
    builder_.AddPhoto(builder_.AddFolder(FolderOf(root_ + input_.uri.raw)), NameOf(input_.uri.raw),
                      static_cast<std::uint64_t>(info.size()), info.mtime().time_since_epoch().count());
    return {};
  }

  Status AddAll(const KeyFilter& filter, bool& found) {
    const std::string first(FolderOf(filter.prefix()));
    std::vector<std::string> pending = {first};
    while (!pending.empty()) {
      if (stop_.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while listing");
      const std::string folder = std::move(pending.back());
      pending.pop_back();
      auto listed = store_.List(At(folder));
      if (listed) {
        Take(*listed, filter, pending, found);
        continue;
      }
      const ErrorCode code = listed.error().code();
      if (folder == first && code == ErrorCode::kNotFound) return {};
      if (folder == first || code == ErrorCode::kUnavailable) return std::unexpected(listed.error());
      builder_.AddProblem(root_ + folder, listed.error().message());
    }
    return {};
  }

  void Take(const std::vector<FileInfo>& infos, const KeyFilter& filter, std::vector<std::string>& pending,
            bool& found) {
    std::vector<S3Entry> keys;
    std::vector<ListedPhoto> photos;
    const auto take = [&] {
      filter.TakePhotos(root_, keys, "", photos, found);
      std::string_view folder;
      std::uint32_t number = 0;
      for (const ListedPhoto& photo : photos) {
        // Arrow's client does not ask for such an object.
        if (photo.raw.find("//", root_.size() - 1) != std::string::npos) {
          builder_.AddProblem(photo.raw, "a name with '//' in it cannot be read from there");
          continue;
        }
        if (FolderOf(photo.raw) != folder) {
          folder = FolderOf(photo.raw);
          number = builder_.AddFolder(folder);
        }
        builder_.AddPhoto(number, NameOf(photo.raw), photo.size_bytes, photo.mtime_ns);
      }
      keys.clear();
      photos.clear();
    };
    for (const FileInfo& info : infos) {
      std::string key = store_.KeyOf(info.path());
      if (info.IsFile()) {
        keys.push_back({std::move(key),
                        {.size_bytes = static_cast<std::uint64_t>(info.size()),
                         .mtime_ns = info.mtime().time_since_epoch().count()}});
        if (keys.size() == kKeysAtOnce) take();
      } else if (!store_.lists_all_below()) {
        key += '/';
        if (filter.Enters(key)) pending.push_back(std::move(key));
      }
    }
    take();
  }

  static std::string_view FolderOf(std::string_view path) { return path.substr(0, path.rfind('/') + 1); }
  static std::string_view NameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

  ArrowStore& store_;
  const RemoteInput& input_;
  const std::string root_;  // "gs://bucket/"
  const std::vector<std::string>& name_globs_;
  CatalogBuilder& builder_;
  const std::stop_token& stop_;
};

}  // namespace

Result<Catalog> ListStores(const std::vector<RemoteInput>& inputs, const std::vector<std::string>& name_globs,
                           const OpenStore& open, const std::stop_token& stop) {
  CatalogBuilder builder;
  for (const RemoteInput& input : inputs) {
    FRUITS_TRY(const std::shared_ptr<ArrowStore> store, open(input.uri));
    FRUITS_CHECK(StoreLister(*store, input, name_globs, builder, stop).AddInput());
  }
  return builder.Finish(0);
}

}  // namespace fruits::io
