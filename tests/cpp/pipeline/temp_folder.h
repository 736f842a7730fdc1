// A folder of a test's own, gone with it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "fruits/io/folder.h"

namespace fruits::test {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "fruits-XXXXXX").string();
    path_ = mkdtemp(name.data());
    folder_ = *Folder::Open({.scheme = Scheme::kFile, .bucket = {}, .raw = path_.string()});
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  Folder& folder() { return *folder_; }

 private:
  std::filesystem::path path_;
  std::unique_ptr<Folder> folder_;
};

}  // namespace fruits::test
