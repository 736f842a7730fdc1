// Collects photos in any order and makes the catalog of them: sorted, each path once.
// Threads: one writer. Memory: the catalog's own, plus 12 bytes a folder while sorting.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fruits/io/catalog.h"

namespace fruits {

class CatalogBuilder {
 public:
  // `folder` is raw and ends in '/'; the number is for AddPhoto.
  std::uint32_t AddFolder(std::string_view folder);
  void AddPhoto(std::uint32_t folder, std::string_view name, std::uint64_t size_bytes, std::int64_t mtime_ns);
  void AddProblem(std::string_view raw_path, std::string_view reason);
  Catalog Finish(std::size_t limit);  // 0: all

 private:
  void SortFolders();
  void SortRows();
  void KeepFirst(std::size_t limit);

  Catalog catalog_;
};

}  // namespace fruits
