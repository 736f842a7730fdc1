// One header block of a tar file: v7, POSIX ustar, GNU and star
// (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html,
// https://www.gnu.org/software/tar/manual/html_node/Standard.html), and the records of a pax header.
// Threads: any. Memory: fixed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fruits::io {

inline constexpr std::size_t kTarBlock = 512;

struct TarHeader {
  char type = '0';
  std::string name;  // with ustar's prefix
  std::string link;
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_seconds = 0;
  bool extended_sparse = false;  // GNU: another block of the sparse map follows
};

// None: its checksum or a number in it is wrong.
std::optional<TarHeader> ParseTarHeader(std::span<const std::byte, kTarBlock> block);
bool IsZeroBlock(std::span<const std::byte, kTarBlock> block);

// What pax and GNU's long names say of the member that follows, or of all.
struct TarExtras {
  std::optional<std::string> name;
  std::optional<std::string> link;
  std::optional<std::uint64_t> size_bytes;
  std::optional<std::int64_t> mtime_ns;
  bool sparse = false;
};

// Adds the records to `extras`. False: they are damaged; those before the damage have been added.
bool ParsePax(std::string_view records, TarExtras& extras);

}  // namespace fruits::io
