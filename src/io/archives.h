// The archives among a run's inputs: opened when they are listed, read from afterwards.
// Threads: any. Memory: as Archive says, for each.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/catalog.h"
#include "fruits/io/uri.h"
#include "io/archive/archive.h"

namespace fruits::io {

class Archives {
 public:
  // `open` gives a reader that bears several users at once.
  using Open = std::function<Result<std::unique_ptr<RandomReader>>(const Uri& uri)>;
  Archives(Open open, std::stop_token stop) : open_(std::move(open)), stop_(std::move(stop)) {}

  // The members of a photo that is an archive by its name, those whose names match; nothing for another
  // photo. Where it was changed, all of its members count as changed. An archive that cannot be used becomes
  // a problem, and so does a member whose path another photo has: of a loose file and a member the file is
  // taken, of two archives' members that of the shorter archive path. Photos must come in order of raw paths.
  Result<std::optional<std::vector<ListedPhoto>>> Expand(const ListedPhoto& photo,
                                                         const std::vector<std::string>& name_globs,
                                                         std::vector<ListingProblem>& problems);
  // Whether the path is that of a member that Expand() gave.
  bool Holds(const std::string& raw_path) const { return Find(raw_path).archive != nullptr; }
  Result<FileFacts> Read(const std::string& raw_path, std::vector<std::byte>& buffer,
                         std::uint64_t max_bytes) const;

 private:
  struct Known {
    std::shared_ptr<Archive> archive;
    std::string etag;
    std::vector<std::string> name_globs;  // that its members had to match
  };
  struct Place {
    std::shared_ptr<Archive> archive{};
    std::string archive_path{};
    std::string etag{};
    std::size_t member = 0;
  };
  Place Find(const std::string& raw_path) const;
  void LeaveMember(const std::string& raw_path, std::vector<ListingProblem>& problems);
  bool LeaveSecond(const std::string& raw_path, const Uri& archive,
                   std::vector<ListingProblem>& problems) const;

  const Open open_;
  const std::stop_token stop_;
  mutable std::mutex mutex_;
  std::map<std::string, Known> known_;  // by the archive's raw path
  std::set<std::string> loose_;         // files of members' paths
};

}  // namespace fruits::io
