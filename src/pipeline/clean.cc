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

Result<std::size_t> Clean(const std::string& address, const std::string& working_directory) {
  FRUITS_TRY(const Uri uri, ParseUri(address, working_directory));
  Storage storage;
  FRUITS_TRY(const auto folder, storage.OpenFolder(uri));
  FRUITS_TRY(const auto before, folder->List(""));
  if (before.empty()) return 0;
  RunOptions options;
  options.output = address;
  options.working_directory = working_directory;
  // Refuses a foreign folder and one that is taken, and removes temporaries.
  FRUITS_TRY(OutputFolder output, OpenOutput(storage, options));
  FRUITS_TRY(const bool finished, output.folder->Exists(kRunJson));
  if (finished) {
    // What cannot be told is no reason to remove anything.
    FRUITS_TRY(const std::string wrong, FindDisagreements(*output.folder, Depth::kSizes));
    if (wrong.empty()) return 0;
  }
  FRUITS_CHECK(RemoveEarlierRun(*output.folder));
  return static_cast<std::size_t>(std::ranges::count_if(before, IsRunFile));
}

}  // namespace

Result<std::size_t> CleanFolder(const std::string& address, const std::string& working_directory) {
  return Guard([&] { return Clean(address, working_directory); });
}

}  // namespace fruits
