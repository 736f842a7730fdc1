// What the headers of an answer say about an object. Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "io/s3/client.h"
#include "io/s3/connection.h"

namespace fruits::io {

std::optional<std::uint64_t> ParseSize(std::string_view text);
std::string EtagOf(const HttpAnswer& answer);  // without its quotes
S3Object ObjectOf(const HttpAnswer& answer, std::uint64_t size_bytes);

// The whole object's size from "bytes 0-9/100". kCorrupt: another range than asked for; kInvalidArgument: the
// object ends before the range does; kFailedPrecondition: the server does not know ranges.
Result<std::uint64_t> WholeSize(const HttpAnswer& answer, const S3GetOptions& options,
                                std::uint64_t received);

// "<md5 of the parts' md5s>-<n>", as S3 names an upload of n parts; "" where the parts' ETags are no md5.
std::string EtagOfParts(std::span<const std::string> etags);

}  // namespace fruits::io
