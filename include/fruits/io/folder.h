// A folder of results, local now, and the one thing other rooms know of where results lie.
//
//   auto folder = Folder::Open(uri);
//   FRUITS_CHECK((*folder)->Write("run.json", text));
//
// Names are relative, with '/' between parts; parents are made as needed. Threads: any, on different names.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/file.h"
#include "fruits/io/uri.h"

namespace fruits {

class Folder {
 public:
  // Makes nothing yet. kInvalidArgument: a scheme this build cannot write.
  static Result<std::unique_ptr<Folder>> Open(const Uri& uri);
  virtual ~Folder() = default;

  virtual std::string Address(std::string_view name) const = 0;  // for messages and arrow: the absolute URI
  virtual std::string LocalPath(std::string_view name) const = 0;
  virtual Result<bool> Exists(std::string_view name) const = 0;
  // Names of all files below `prefix` ("" for all, "features/" for one subfolder), sorted, without
  // temporaries.
  virtual Result<std::vector<std::string>> List(std::string_view prefix) const = 0;
  virtual Result<std::string> Read(std::string_view name) const = 0;
  virtual Result<std::unique_ptr<FileWriter>> Create(std::string_view name) = 0;
  virtual Status Remove(std::string_view name) = 0;  // gone already: fine
  // Removes temporaries that a killed process left (not those of a living one elsewhere: only named ours).
  virtual Status RemoveTemporaries() = 0;

  Result<WrittenFile> Write(std::string_view name, std::string_view bytes);
};

}  // namespace fruits
