#include "fruits/io/storage.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "fruits/core/try.h"
#include "io/archives.h"
#include "io/arrow_fs/listing.h"
#include "io/arrow_fs/store.h"
#include "io/listings.h"
#include "io/local_folder.h"
#include "io/s3/client.h"
#include "io/s3/folder.h"
#include "io/s3/listing.h"
#include "io/s3/reader.h"

namespace fruits {
namespace {

constexpr int kLocalReads = 3;    // they rarely wait; a few hide a cold disk
constexpr int kRemoteReads = 64;  // 30 ms each at 1,000 photos/s would be 30

bool IsRemote(std::string_view input) {
  const auto uri = ParseUri(input, "/");
  return uri && !uri->is_local();
}

// The prefix of the keys in the folder at a raw path, where that is in the bucket of `input`.
std::string KeysBelow(const std::string& folder, const Uri& input) {
  if (folder.empty()) return "";
  const Uri uri = UriOfRawPath(folder);
  if (uri.scheme != input.scheme || uri.bucket != input.bucket) return "";
  return uri.raw.empty() || uri.raw.ends_with('/') ? uri.raw : uri.raw + "/";
}

}  // namespace

struct Storage::State {
  explicit State(std::stop_token stop_token)
      : stop(std::move(stop_token)), archives([this](const Uri& uri) { return OpenShared(uri); }, stop) {}

  // Made when the first s3:// address is met. Two, since results are written after a stop as well.
  Result<std::shared_ptr<io::S3Client>> Reading() { return Client(reading, stop); }
  Result<std::shared_ptr<io::S3Client>> Writing() { return Client(writing, {}); }

  Result<std::shared_ptr<io::S3Client>> Client(std::shared_ptr<io::S3Client>& client, std::stop_token token) {
    const std::lock_guard lock(mutex);
    if (client) return client;
    if (!config) {
      FRUITS_TRY(config, io::LoadS3Config());
    }
    FRUITS_TRY(client, io::S3Client::Create(*config, std::move(token)));
    return client;
  }

  // Of gs:// and hdfs://, made when the first address of its kind is met.
  Result<std::shared_ptr<io::ArrowStore>> Store(const Uri& uri) {
    const std::lock_guard lock(mutex);
    const bool is_gcs = uri.scheme == Scheme::kGcs;  // one for all buckets
    std::shared_ptr<io::ArrowStore>& store = stores[is_gcs ? "gs" : uri.bucket];
    if (store) return store;
    FRUITS_TRY(store, is_gcs ? io::OpenGcs(io::ProcessEnvironment)
                             : io::OpenHdfs(uri.bucket, io::ProcessEnvironment));
    return store;
  }

  Result<std::unique_ptr<RandomReader>> OpenShared(const Uri& uri) {
    if (uri.is_local()) return OpenLocalFile(uri.raw);
    if (uri.scheme != Scheme::kS3) {
      FRUITS_TRY(const auto store, Store(uri));
      return store->Open(uri);
    }
    FRUITS_TRY(auto client, Reading());
    return io::OpenS3Ranges(std::move(client), uri.bucket, uri.raw);
  }

  const std::stop_token stop;
  std::mutex mutex;
  std::optional<io::S3Config> config;
  std::shared_ptr<io::S3Client> reading;
  std::shared_ptr<io::S3Client> writing;
  std::map<std::string, std::shared_ptr<io::ArrowStore>> stores;
  io::Archives archives;
};

Storage::Storage(std::stop_token stop) : state_(std::make_unique<State>(std::move(stop))) {}

Storage::~Storage() = default;

Result<FileFacts> Storage::Read(const Uri& uri, std::vector<std::byte>& buffer, std::uint64_t max_bytes) {
  if (const std::string raw = uri.RawPath(); state_->archives.Holds(raw)) {
    return state_->archives.Read(raw, buffer, max_bytes);
  }
  if (uri.is_local()) return ReadFile(uri.raw, buffer, max_bytes);
  if (uri.scheme != Scheme::kS3) {
    FRUITS_TRY(const auto store, state_->Store(uri));
    return store->Read(uri, buffer, max_bytes);
  }
  FRUITS_TRY(const auto client, state_->Reading());
  FRUITS_TRY(io::S3Object object, client->Get(uri.bucket, uri.raw, {.max_bytes = max_bytes}, buffer));
  return FileFacts{
      .size_bytes = object.size_bytes, .mtime_ns = object.mtime_ns, .etag = std::move(object.etag)};
}

Result<std::unique_ptr<RandomReader>> Storage::Open(const Uri& uri) {
  if (uri.scheme != Scheme::kS3) return state_->OpenShared(uri);
  FRUITS_TRY(auto client, state_->Reading());
  return io::OpenS3Object(std::move(client), uri.bucket, uri.raw);
}

Result<std::unique_ptr<Folder>> Storage::OpenFolder(const Uri& uri) {
  if (uri.is_local()) return io::OpenLocalFolder(uri);
  if (uri.scheme != Scheme::kS3) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: photos can be read from there, but results, fits and models lie in local folders "
                    "and on s3:// only",
                    uri.ToString()));
  }
  FRUITS_TRY(auto client, state_->Writing());
  return io::OpenS3Folder(std::move(client), uri);
}

Result<std::unique_ptr<Listing>> Storage::List(const CatalogOptions& options) {
  CatalogOptions local = options;
  local.limit = local.sample = 0;
  const auto first_remote =
      std::ranges::stable_partition(local.inputs, [](const auto& i) { return !IsRemote(i); });
  std::vector<io::RemoteInput> in_stores;
  std::vector<io::RemoteInput> in_s3;
  for (const std::string& text : first_remote) {
    FRUITS_TRY(Uri uri, ParseUri(text, "/"));
    std::string excluded = KeysBelow(options.excluded, uri);
    (uri.scheme == Scheme::kS3 ? in_s3 : in_stores)
        .push_back({.uri = std::move(uri), .text = text, .excluded = std::move(excluded)});
  }
  const bool has_remote = !first_remote.empty();
  local.inputs.erase(first_remote.begin(), first_remote.end());
  if (has_remote) FRUITS_CHECK(CheckNameGlobs(options.globs));
  // In byte order: "/" comes before "gs://", "hdfs://" and "s3://".
  std::vector<std::unique_ptr<Listing>> listings;
  if (!local.inputs.empty() || !has_remote) {
    FRUITS_TRY(Catalog catalog, ListCatalog(local, state_->stop));
    listings.push_back(io::ListingOf(std::move(catalog)));
  }
  if (!in_stores.empty()) {
    const auto open = [this](const Uri& uri) { return state_->Store(uri); };
    FRUITS_TRY(Catalog catalog, io::ListStores(in_stores, NameGlobs(options), open, state_->stop));
    listings.push_back(io::ListingOf(std::move(catalog)));
  }
  if (!in_s3.empty()) {
    FRUITS_TRY(auto client, state_->Reading());
    listings.push_back(std::make_unique<io::S3Listing>(std::move(client), std::move(in_s3),
                                                       NameGlobs(options), state_->stop));
  }
  auto listing =
      io::ExpandArchives(io::Chain(std::move(listings)),
                         [this, globs = NameGlobs(options)](const ListedPhoto& photo, auto& problems) {
                           return state_->archives.Expand(photo, globs, problems);
                         });
  if (options.limit > 0) listing = io::LimitTo(std::move(listing), options.limit);
  if (options.sample > 0) listing = io::SampleOf(std::move(listing), options.sample);
  return listing;
}

Status Storage::CheckInput(const std::string& input, const std::string& working_directory) {
  FRUITS_TRY(const auto listing, List({.inputs = {input}, .working_directory = working_directory}));
  FRUITS_TRY(const std::vector<ListedPhoto> photos, listing->Next());
  if (photos.empty()) return Fail(ErrorCode::kNotFound, input + ": expected photos, found none");
  std::vector<std::byte> bytes;
  FRUITS_CHECK(Read(UriOfRawPath(photos.front().raw), bytes));
  return {};
}

Result<std::string> Storage::DescribeS3() {
  FRUITS_CHECK(state_->Reading());
  const io::S3Config& config = *state_->config;
  FRUITS_TRY(const io::S3Credentials credentials,
             config.credentials ? config.credentials() : Result<io::S3Credentials>());
  return fmt::format("{}, region {}, {}", config.endpoint.empty() ? "AWS" : config.endpoint, config.region,
                     credentials.access_key.empty() ? "anonymous: no credentials were found" : "signed");
}

int Storage::ReadsAtOnce(const CatalogOptions& options) const {
  return std::ranges::any_of(options.inputs, IsRemote) ? kRemoteReads : kLocalReads;
}

}  // namespace fruits
