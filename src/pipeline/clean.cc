#include <fmt/format.h>

#include <algorithm>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "fruits/io/storage.h"
#include "fruits/pipeline/run.h"
#include "fruits/pipeline/run_json.h"
#include "pipeline/output_folder.h"

namespace fruits {
namespace {

// A run.json that is damaged says that its folder is, which is known as ours otherwise.
Result<bool> IsWhole(const Folder& folder) {
  FRUITS_TRY(const bool finished, folder.Exists(kRunJson));
  if (!finished) return false;
  // Digests: status, which sends one here, compares them too.
  const auto wrong = FindDisagreements(folder, Depth::kDigests);
  if (wrong) return wrong->empty();
  // What cannot be told is no reason to remove anything.
  if (wrong.error().code() != ErrorCode::kCorrupt) return std::unexpected(wrong.error());
  return false;
}

Result<std::size_t> Clean(const std::string& address, const std::string& working_directory) {
  FRUITS_TRY(const Uri uri, ParseUri(address, working_directory));
  Storage storage;
  FRUITS_TRY(const auto folder, storage.OpenFolder(uri));
  FRUITS_TRY(const auto before, folder->List(""));
  if (before.empty() && uri.is_local()) return 0;
  RunOptions options;
  options.output = address;
  options.working_directory = working_directory;
  // Refuses a foreign folder and one that is taken, and removes temporaries.
  FRUITS_TRY(OutputFolder output, OpenOutput(storage, options));
  FRUITS_TRY(const bool whole, IsWhole(*output.folder));
  std::size_t removed = 0;
  if (!whole) {
    FRUITS_CHECK(RemoveEarlierRun(*output.folder));
    removed = static_cast<std::size_t>(std::ranges::count_if(before, IsRunFile));
  }
  // Also of an empty or whole folder: they cost storage, and no listing shows them.
  FRUITS_TRY(const std::size_t uploads, output.folder->AbortUploads(IsRunFile));
  return removed + uploads;
}

}  // namespace

Result<std::size_t> CleanFolder(const std::string& address, const std::string& working_directory) {
  return Guard([&] { return Clean(address, working_directory); });
}

}  // namespace fruits
