// A folder of a test's own, gone with it.
#pragma once

#include <filesystem>
#include <memory>

#include "fruits/io/folder.h"
#include "fruits/io/storage.h"
#include "temp_dir.h"

namespace fruits::test {

class TempFolder {
 public:
  TempFolder()
      : folder_(*Storage().OpenFolder({.scheme = Scheme::kFile, .bucket = {}, .raw = dir_.path().string()})) {
  }
  const std::filesystem::path& path() const { return dir_.path(); }
  Folder& folder() { return *folder_; }

 private:
  TempDir dir_;
  std::unique_ptr<Folder> folder_;
};

}  // namespace fruits::test
