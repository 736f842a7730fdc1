#include "model/fetch_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <sstream>

#include "fruits/core/sha256.h"
#include "fruits/core/try.h"

namespace fruits {
namespace {

constexpr std::string_view kSums = "SHA256SUMS";  // as sha256sum -c reads it

bool Has(const Folder& folder, const std::string& name, const std::string& sha256) {
  const auto digest = folder.Digest(name);
  return digest && digest->sha256 == sha256;
}

// One file; it appears in `to` only with the expected digest, "" being any. Gives its digest.
Result<std::string> Fetch(const Folder& from, const std::string& name, const std::string& expected,
                          Folder& to) {
  constexpr std::size_t kPieceBytes = 8 << 20;
  FRUITS_TRY(const auto reader, from.Open(name));
  FRUITS_TRY(const auto writer, to.Create(name));
  Sha256 hash;
  FRUITS_CHECK(ReadPieces(*reader, kPieceBytes, [&](std::span<const std::byte> piece) {
    hash.Update(piece);
    return writer->Append({reinterpret_cast<const char*>(piece.data()), piece.size()});
  }));
  std::string digest = ToHex(hash.Finish());
  if (!expected.empty() && digest != expected) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{} has SHA-256 {}, expected {}", from.Address(name), digest, expected));
  }
  FRUITS_CHECK(writer->Commit());
  return digest;
}

// What SHA256SUMS says; nothing where it is not there or does not say it of exactly these files.
Digests ReadSums(const Folder& folder, const std::map<std::string, FileFacts>& files) {
  const auto text = folder.Read(kSums);
  if (!text) return {};
  Digests digests;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > 66) digests[line.substr(66)] = line.substr(0, 64);
  }
  const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
  return std::ranges::equal(digests, files, same_name) ? digests : Digests();
}

}  // namespace

Status FetchFiles(const Folder& from, const Digests& files, Folder& to) {
  FRUITS_CHECK(to.RemoveTemporaries());
  for (const auto& [name, expected] : files) {
    if (Has(to, name, expected)) continue;
    const auto fetched = Fetch(from, name, expected, to);
    if (!fetched && fetched.error().code() == ErrorCode::kNotFound) {
      return Fail(ErrorCode::kCorrupt,
                  fmt::format("{} is missing, expected SHA-256 {}", from.Address(name), expected));
    }
    if (!fetched) return std::unexpected(fetched.error());
  }
  return {};
}

Status FetchFiles(const Folder& from, const std::map<std::string, FileFacts>& files, Folder& to) {
  const Digests known = ReadSums(to, files);
  const auto is_here = [&](const auto& file) { return Has(to, file.first, file.second); };
  if (!known.empty() && std::ranges::all_of(known, is_here)) return {};
  FRUITS_CHECK(to.RemoveTemporaries());
  std::string sums;
  for (const auto& [name, facts] : files) {
    FRUITS_TRY(const std::string digest, Fetch(from, name, "", to));
    FRUITS_TRY(const auto now, from.Facts(name));
    if (!now || now->etag != facts.etag || now->size_bytes != facts.size_bytes) {
      return Fail(ErrorCode::kFailedPrecondition,
                  from.Address(name) + " was replaced while it was fetched; try again");
    }
    sums += fmt::format("{}  {}\n", digest, name);
  }
  FRUITS_CHECK(to.Write(kSums, sums));
  return {};
}

}  // namespace fruits
