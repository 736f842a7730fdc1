// Absolute addresses: file:///..., s3://bucket/key, gs://bucket/key and hdfs://host:port/path. `raw` is the
// path or key as the system has it, byte for byte, without the first '/' on HDFS; ToString() percent-encodes
// '%', control bytes and bytes that are not valid UTF-8, so it is always valid UTF-8 and reversible. Threads:
// a value type.
#pragma once

#include <string>
#include <string_view>

#include "fruits/core/error.h"

namespace fruits {

enum class Scheme { kFile, kS3, kGcs, kHdfs };

struct Uri {
  Scheme scheme = Scheme::kFile;
  std::string bucket;  // empty for files; host:port of a name node
  std::string raw;     // "/home/me/a b.jpg", or the key

  std::string ToString() const;
  // What rows are ordered and labelled by: "/home/me/a b.jpg", "s3://bucket/key", byte for byte.
  std::string RawPath() const;
  bool is_local() const { return scheme == Scheme::kFile; }
};

// A plain path (relative ones against `working_directory`, "" being the process's; "." and ".." and doubled
// slashes resolved by text, links are not followed), file:///..., s3://, s3a://, gs://, hdfs:// (resolved
// like a path). Plain paths are raw: '%' is a '%'. kInvalidArgument: another scheme, an empty path, a broken
// percent escape.
Result<Uri> ParseUri(std::string_view text, std::string_view working_directory);

// The other way: what RawPath() gave.
Uri UriOfRawPath(std::string_view raw_path);
// "/a b/%.jpg" -> "file:///a b/%25.jpg".
std::string LocalPathToUri(std::string_view raw_path);
// Percent-encoding of `%`, bytes below 0x20, 0x7f, and invalid UTF-8; everything else as it is.
std::string EncodePath(std::string_view raw);
// The other way. kInvalidArgument: a '%' that two hex digits do not follow, or %00.
Result<std::string> DecodePath(std::string_view encoded);
bool IsValidUtf8(std::string_view text);

}  // namespace fruits
