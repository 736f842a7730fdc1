#include "fruits/io/folder.h"

#include <span>

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
  constexpr std::size_t kPieceBytes = 1 << 20;
  FRUITS_TRY(const auto reader, Open(name));
  Sha256 hash;
  FRUITS_CHECK(ReadPieces(*reader, kPieceBytes, [&](std::span<const std::byte> piece) -> Status {
    hash.Update(piece);
    return {};
  }));
  return WrittenFile{reader->size_bytes(), ToHex(hash.Finish())};
}

}  // namespace fruits
