// What a file looks like by its first bytes, for messages about one that is not what its name says.
//
//   KindOfData(first_bytes)   // "a zip file (.zip)"
//
// Threads: any.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace fruits::io {

inline constexpr std::size_t kKindBytes = 512;  // are enough to tell

// "" where nothing is recognized.
std::string_view KindOfData(std::span<const std::byte> first_bytes);

}  // namespace fruits::io
