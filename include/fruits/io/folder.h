// A folder of results, local or in a bucket, and the one thing other rooms know of where results lie.
//
//   FRUITS_TRY(auto folder, storage.OpenFolder(uri));
//   FRUITS_CHECK(folder->Write("run.json", text));
//
// Names are relative, with '/' between parts; parents are made as needed. Threads: any, on different names.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/file.h"
#include "fruits/io/uri.h"

namespace fruits {

// The right to write into a folder, held until it is destroyed. Threads: one user; it renews itself.
class Lease {
 public:
  virtual ~Lease() = default;
  // Lost (taken over because it could not be renewed in time): kFailedPrecondition, naming the new holder.
  virtual Status Check() const = 0;
};

class Folder {
 public:
  virtual ~Folder() = default;

  virtual const Uri& uri() const = 0;
  virtual std::string Address(std::string_view name) const = 0;  // for messages: the absolute URI
  virtual Result<std::optional<FileFacts>> Facts(std::string_view name) const = 0;  // none: no such file
  virtual Result<std::unique_ptr<RandomReader>> Open(std::string_view name) const = 0;
  // Names of all files below `prefix` ("" for all, "features/" for one subfolder), sorted, without
  // temporaries and what lies in a disk's own lost+found/. kIo: names the subfolder that cannot be read.
  virtual Result<std::vector<std::string>> List(std::string_view prefix) const = 0;
  // Names of the folders directly below, sorted; none where nothing is there.
  virtual Result<std::vector<std::string>> ListFolders() const = 0;
  virtual Result<std::string> Read(std::string_view name) const = 0;
  virtual Result<std::unique_ptr<FileWriter>> Create(std::string_view name) = 0;
  virtual Status Remove(std::string_view name) = 0;  // gone already: fine
  // Removes temporaries that a killed process left (not those of a living one elsewhere: only named ours).
  virtual Status RemoveTemporaries() = 0;
  // In a bucket: ends the multipart uploads that killed processes left open at those names below, of which
  // `is_wanted`; a living one's too, so the caller holds the lease. Gives their number.
  using IsWanted = bool (*)(std::string_view name);
  virtual Result<std::size_t> AbortUploads(IsWanted /*is_wanted*/) { return std::size_t{0}; }

  // kFailedPrecondition: another run holds it, which is named by the `holder` text it gave. While it is held
  // nobody else writes here, so a remote folder lists itself once and then knows its names without asking.
  virtual Result<std::unique_ptr<Lease>> TakeLease(const std::string& holder) = 0;
  // Others wrote here with the leave of whoever holds the lease: what was known of the names is asked anew.
  virtual Status RefreshNames() { return {}; }
  // The text of who holds the folder now; none: nobody.
  virtual Result<std::optional<std::string>> LeaseHolder() const = 0;

  virtual Result<bool> Exists(std::string_view name) const;
  Result<WrittenFile> Write(std::string_view name, std::string_view bytes);
  Result<WrittenFile> Digest(std::string_view name) const;  // reads all of it
};

}  // namespace fruits
