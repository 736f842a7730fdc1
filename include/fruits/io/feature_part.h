// A part of the features: rows of one contiguous catalog range, and the ledger entry that they are done.
// On disk, three Parquet files of one name: thumbs/NAME and rejected/NAME (only where there is something in
// them) are written first, features/NAME last: it makes the part exist. Its metadata holds the fingerprint,
// the range and the number of rejected rows.
//
//   features: path, label, size_bytes, etag, mtime, width, height, content_sha256: binary[32], features:
//   fixed_size_list<float not null>[D] rejected: path, stage, reason, size_bytes, etag, mtime         thumbs:
//   path, thumbnail (WebP)
// (docs/files.md has the types.) Every page has a checksum that reading verifies: a damaged part is kCorrupt,
// never other numbers.
//
// Threads: any, on different parts. Memory: one part: rows * (4 * D + ~300) bytes; while writing or reading
// at most rows * 300 bytes + 64 MiB more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/core/sha256.h"
#include "fruits/io/folder.h"

namespace fruits {

struct PhotoRow {
  std::string path{};  // URI
  std::string label{};
  std::uint64_t size_bytes = 0;
  std::string etag{};  // empty for local files; null on disk
  std::int64_t mtime_ns = 0;
  int width = 0;  // as decoded, upright
  int height = 0;
  Sha256Digest content_sha256{};
};

struct RejectedRow {
  std::string path{};
  std::string stage{};   // "read", "decode", "archive"
  std::string reason{};  // one line, for people
  std::uint64_t size_bytes = 0;
  std::string etag{};
  std::int64_t mtime_ns = 0;
};

struct FeaturePart {
  std::string fingerprint{};
  std::size_t dimension = 0;
  std::vector<PhotoRow> rows{};
  std::vector<float> features{};          // rows.size() x dimension
  std::vector<std::string> thumbnails{};  // empty, or one a row
  std::vector<RejectedRow> rejected{};
};

// "part-000012-0badcafe.parquet". The tag is the writer's own: a request of a run that was cut off and
// replaced can arrive late, and must not land on a part of its successor.
std::string FeaturePartName(std::size_t number, std::uint32_t tag);
std::uint32_t NewPartTag();
// The other way: 12. None: no part's name.
std::optional<std::size_t> FeaturePartNumber(std::string_view name);

// Replaces a part of that name, and leaves nothing of it. kInvalidArgument: sizes that do not fit together.
Result<WrittenFiles> WriteFeaturePart(Folder& folder, const std::string& name, const FeaturePart& part);

struct FeaturePartFacts {
  std::string fingerprint;
  std::size_t dimension = 0;
  std::size_t rows = 0;
  std::size_t rejected = 0;
  // The range: the first and last path in catalog order among rows and rejected rows; "" in an empty part.
  std::string first_path;
  std::string last_path;
};
// Footer only. kCorrupt names the file: not a part, damaged, or rejected/NAME missing.
Result<FeaturePartFacts> ReadFeaturePartFacts(const Folder& folder, const std::string& name);

enum class PartColumns {
  kRows,             // neither features nor thumbnails
  kRowsAndFeatures,  // no thumbnails
  kAll
};
Result<FeaturePart> ReadFeaturePart(const Folder& folder, const std::string& name, PartColumns columns);
// thumbs/NAME alone: the paths and the WebP of each. kNotFound: the part has none; kCorrupt.
struct PartThumbnails {
  std::vector<std::string> paths{};
  std::vector<std::string> thumbnails{};
};
Result<PartThumbnails> ReadPartThumbnails(const Folder& folder, const std::string& name);
// Names of the complete parts in a run's folder, by their numbers and tags.
Result<std::vector<std::string>> ListFeatureParts(const Folder& folder);

}  // namespace fruits
