// What the requests of a ListingStreams ask, and what stretches their answers turn into.
#include <algorithm>
#include <string_view>

#include "fruits/core/try.h"
#include "fruits/io/glob.h"
#include "io/s3/listing_streams.h"

namespace fruits::io {

Result<ListingStreams::Outcome> ListingStreams::Run(const Stream& stream, const Stretch& stretch) {
  switch (stretch.way) {
    case Way::kExactKey:
      return LookForKey(stream, stretch);
    case Way::kFolderOfGlobName:
      return LookForFolder(stream, stretch);
    case Way::kFlat:
      return ListFlat(stream, stretch);
    case Way::kBySubfolder:
      return ListBySubfolder(stream, stretch);
  }
  return Fail(ErrorCode::kInternal, "a stretch of a listing without a way");
}

// Of all keys that begin with `prefix`, it is the first itself.
Result<ListingStreams::Outcome> ListingStreams::LookForKey(const Stream& stream, const Stretch& stretch) {
  const RemoteInput& input = stream.input;
  FRUITS_TRY(S3Page page, client_->List(input.uri.bucket, {.prefix = stretch.prefix, .max_keys = 1}));
  Outcome outcome;
  if (!page.entries.empty() && page.entries[0].key == stretch.prefix) {
    S3Object& object = page.entries[0].object;
    outcome.found = true;
    outcome.stretches.push_back(Done({{"s3://" + input.uri.bucket + "/" + stretch.prefix, object.size_bytes,
                                       object.mtime_ns, std::move(object.etag)}}));
    return outcome;
  }
  const bool nothing = page.entries.empty() && page.next_token.empty();  // neither below "prefix/"
  if (HasGlobSyntax(input.text) && HasGlobSyntax(stretch.prefix)) {
    if (nothing) return ByPattern(stream);
    outcome.stretches.push_back({.way = Way::kFolderOfGlobName, .prefix = stretch.prefix + "/"});
  } else if (!nothing) {
    outcome.filter = KeyFilter::Below(stretch.prefix + "/", name_globs_).Without(input.excluded);
    outcome.stretches.push_back({.way = Way::kFlat, .prefix = stretch.prefix + "/"});
  }
  return outcome;
}

Result<ListingStreams::Outcome> ListingStreams::ByPattern(const Stream& stream) const {
  FRUITS_CHECK(CheckGlob(stream.input.uri.raw));
  Outcome outcome;
  outcome.filter = KeyFilter::Matching(stream.input.uri.raw, name_globs_).Without(stream.input.excluded);
  outcome.stretches.push_back({.way = Way::kFlat, .prefix = outcome.filter->prefix()});
  return outcome;
}

Result<ListingStreams::Outcome> ListingStreams::LookForFolder(const Stream& stream, const Stretch& stretch) {
  FRUITS_TRY(const S3Page page,
             client_->List(stream.input.uri.bucket, {.prefix = stretch.prefix, .max_keys = 1}));
  if (page.entries.empty()) return ByPattern(stream);
  Outcome outcome;
  outcome.filter = KeyFilter::Below(stretch.prefix, name_globs_).Without(stream.input.excluded);
  outcome.stretches.push_back({.way = Way::kFlat, .prefix = stretch.prefix});
  return outcome;
}

Result<ListingStreams::Outcome> ListingStreams::ListFlat(const Stream& stream, const Stretch& stretch) {
  const std::string& bucket = stream.input.uri.bucket;
  FRUITS_TRY(S3Page page,
             client_->List(
                 bucket, {.prefix = stretch.prefix, .token = stretch.token, .max_keys = options_.page_keys}));
  Outcome outcome;
  const bool splits = !page.next_token.empty() && IsWorthSplitting(page, stretch.prefix);
  std::string after = stretch.after;
  if (splits) after = std::max(after, page.entries.back().key);
  std::vector<ListedPhoto> photos;
  stream.filter.TakePhotos("s3://" + bucket + "/", page.entries, stretch.after, photos, outcome.found);
  if (!photos.empty()) outcome.stretches.push_back(Done(std::move(photos)));
  if (splits) {
    outcome.stretches.push_back(
        {.way = Way::kBySubfolder, .prefix = stretch.prefix, .after = std::move(after)});
  } else if (!page.next_token.empty()) {
    outcome.stretches.push_back({.way = Way::kFlat,
                                 .prefix = stretch.prefix,
                                 .after = std::move(after),
                                 .token = std::move(page.next_token)});
  }
  return outcome;
}

bool ListingStreams::IsWorthSplitting(const S3Page& page, const std::string& prefix) const {
  std::string_view subfolder;
  int subfolders = 0;
  int keys = 0;
  for (const S3Entry& entry : page.entries) {
    const std::size_t slash = entry.key.find('/', prefix.size());
    if (slash == std::string::npos) continue;
    ++keys;
    const std::string_view its = std::string_view(entry.key).substr(0, slash);
    if (subfolders == 0 || its != subfolder) ++subfolders;
    subfolder = its;
  }
  return subfolders > 0 && keys / subfolders >= options_.keys_worth_a_request;
}

// Keys directly in the folder and its sub-folders, in one order: a sub-folder "a/" is where the key "a/"
// would be.
Result<ListingStreams::Outcome> ListingStreams::ListBySubfolder(const Stream& stream,
                                                                const Stretch& stretch) {
  const std::string& bucket = stream.input.uri.bucket;
  FRUITS_TRY(S3Page page, client_->List(bucket, {.prefix = stretch.prefix,
                                                 .delimiter = "/",
                                                 .token = stretch.token,
                                                 .max_keys = options_.page_keys}));
  Outcome outcome;
  std::vector<S3Entry> keys;
  const auto end_keys = [&] {
    std::vector<ListedPhoto> photos;
    stream.filter.TakePhotos("s3://" + bucket + "/", keys, stretch.after, photos, outcome.found);
    if (!photos.empty()) outcome.stretches.push_back(Done(std::move(photos)));
    keys.clear();
  };
  auto entry = page.entries.begin();
  for (std::string& subfolder : page.prefixes) {
    for (; entry != page.entries.end() && entry->key < subfolder; ++entry) keys.push_back(std::move(*entry));
    const bool is_within = stretch.after.starts_with(subfolder);
    if ((subfolder <= stretch.after && !is_within) || !stream.filter.Enters(subfolder)) continue;
    end_keys();
    outcome.stretches.push_back({.way = Way::kFlat,
                                 .prefix = std::move(subfolder),
                                 .after = is_within ? stretch.after : std::string()});
  }
  for (; entry != page.entries.end(); ++entry) keys.push_back(std::move(*entry));
  end_keys();
  if (!page.next_token.empty()) {
    outcome.stretches.push_back({.way = Way::kBySubfolder,
                                 .prefix = stretch.prefix,
                                 .after = stretch.after,
                                 .token = std::move(page.next_token)});
  }
  return outcome;
}

}  // namespace fruits::io
