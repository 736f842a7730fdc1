// A folder for what a command needs only while it runs, among the system's temporary ones.
//
//   FRUITS_TRY(const auto scratch, Scratch::Make("fruits-plan"));
//   Use(scratch->path());  // /tmp/fruits-plan-q3X8aB
//
// It goes with the object, and is locked (flock) until then: one of that name and user without a lock was
// left by a process that was killed, and goes at the next Make(). Threads: one an object.
#pragma once

#include <memory>
#include <string>

#include "fruits/core/error.h"

namespace fruits::cli {

class Scratch {
 public:
  // kIo: no such folder can be made.
  static Result<std::unique_ptr<Scratch>> Make(const std::string& name);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  Scratch(std::string path, int lock);

  const std::string path_;
  const int lock_;
};

}  // namespace fruits::cli
