// One process at a time works in a folder: an advisory lock on _run/lock, gone with the process however it
// ends. Threads: one owner.
#pragma once

#include <string>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"

namespace fruits {

class FolderLock {
 public:
  FolderLock() = default;
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;

  // kFailedPrecondition: another process works there, named as far as its state.json tells. kIo: the folder
  // cannot be made.
  static Result<FolderLock> Take(const Folder& folder);
  // Whether someone holds it now.
  static bool IsTaken(const Folder& folder);

 private:
  // Where the lock is all that its owner left, it goes too, with the folders that were made for it.
  void LeaveNoTrace() const;

  int descriptor_ = -1;
  std::string folder_;  // "" where nothing was made
  bool made_folder_ = false;
};

}  // namespace fruits
