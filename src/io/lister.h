// Walks local folders and expands globs into a CatalogBuilder.
// Threads: one. Memory: the folders still to visit; for a glob, also the entries of the folders on the way
// down.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "io/catalog_builder.h"

struct dirent;

namespace fruits::io {

class Lister {
 public:
  // `excluded`: a folder that is not entered, by whatever path; empty: none.
  Lister(const std::vector<std::string>& name_globs, CatalogBuilder& builder, std::stop_token stop,
         const std::string& excluded = {});

  // A file or a folder at an absolute raw path. kNotFound, kIo (unreadable), kInvalidArgument (neither),
  // kCancelled.
  Status AddInput(const std::string& path);
  // Everything an absolute pattern matches: a file as it is, a folder as an input; "**" at the end is the
  // folder before it. kNotFound: nothing matches.
  Status AddGlob(const std::string& pattern);

 private:
  // The folders on the way down, by what they are and not by what they are called, so that a link back up is
  // seen.
  struct Ancestor {
    dev_t device;
    ino_t inode;
    std::shared_ptr<const Ancestor> above;
  };
  using Way = std::shared_ptr<const Ancestor>;
  struct Pending {
    std::string path;  // with the trailing '/'
    Way way;
  };
  // The parts of a pattern still to match from a folder on.
  struct Rest {
    const std::vector<std::string>& parts;
    std::size_t next;
    bool& found;
  };

  bool IsExcluded(const struct stat& folder) const;
  bool NameWanted(const char* name) const;
  Status ListTree(const std::string& path);
  Status ListFolder(const Pending& folder, std::vector<Pending>& pending);
  void Visit(int folder_fd, const Pending& folder, const dirent& entry, const Way& way, std::uint32_t number,
             std::vector<Pending>& pending);
  Status Expand(const std::string& folder, const Way& way, Rest rest);
  Status ExpandEntries(const std::string& folder, const Way& way, Rest rest);
  // An input that a glob found: its faults are problems.
  Status AddFound(const std::string& path);
  Status CheckStop() const;

  const std::vector<std::string>& name_globs_;
  CatalogBuilder& builder_;
  const std::stop_token stop_;
  std::optional<Ancestor> excluded_;
};

}  // namespace fruits::io
