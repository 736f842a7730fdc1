#include "io/archive/kind_of_data.h"

#include <array>
#include <utility>

#include "io/archive/tar_header.h"

namespace fruits::io {
namespace {

using namespace std::string_view_literals;

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kKinds{{
    {"\x1f\x8b"sv, "gzip data (.tar.gz, .tgz)"},
    {"PK\3\4"sv, "a zip file (.zip)"},
    {"PK\5\6"sv, "a zip file (.zip)"},
    {"PAR1"sv, "a Parquet file (.parquet)"},
    {"BZh"sv, "bzip2 data, which is not read"},
    {"\xFD"
     "7zXZ\0"sv,
     "xz data, which is not read"},
    {"\x28\xB5\x2F\xFD"sv, "zstd data, which is not read"},
    {"7z\xBC\xAF\x27\x1C"sv, "a 7z file, which is not read"},
    {"\xFF\xD8\xFF"sv, "a JPEG photo"},
    {"\x89PNG\r\n"sv, "a PNG photo"},
}};

}  // namespace

std::string_view KindOfData(std::span<const std::byte> first_bytes) {
  if (first_bytes.empty()) return "empty";
  const std::string_view text(reinterpret_cast<const char*>(first_bytes.data()), first_bytes.size());
  for (const auto& [start, kind] : kKinds) {
    if (text.starts_with(start)) return kind;
  }
  if (first_bytes.size() < kTarBlock) return "";
  return ParseTarHeader(first_bytes.first<kTarBlock>()) ? "a plain tar file (.tar)" : "";
}

}  // namespace fruits::io
