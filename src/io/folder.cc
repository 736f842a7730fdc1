#include "fruits/io/folder.h"

#include <algorithm>

#include "fruits/core/try.h"

namespace fruits {

Result<bool> Folder::Exists(std::string_view name) const {
  FRUITS_TRY(const auto facts, Facts(name));
  return facts.has_value();
}

Result<WrittenFile> Folder::Write(std::string_view name, std::string_view bytes) {
  FRUITS_TRY(const auto file, Create(name));
  FRUITS_CHECK(file->Append(bytes));
  return file->Commit();
}

Result<WrittenFile> Folder::Digest(std::string_view name) const {
  constexpr std::uint64_t kPieceBytes = 1 << 20;
  FRUITS_TRY(const auto reader, Open(name));
  std::vector<std::byte> piece;
  Sha256 hash;
  for (std::uint64_t at = 0; at < reader->size_bytes(); at += piece.size()) {
    piece.resize(std::min(kPieceBytes, reader->size_bytes() - at));
    FRUITS_CHECK(reader->ReadAt(at, piece));
    hash.Update(piece);
  }
  return WrittenFile{reader->size_bytes(), ToHex(hash.Finish())};
}

}  // namespace fruits
