#include "pipeline/output_folder.h"

#include <algorithm>
#include <filesystem>

#include "fruits/core/try.h"
#include "fruits/pipeline/run_json.h"

namespace fruits {
namespace {

constexpr std::string_view kFiles[] = {kRunJson,     "pca_result.csv", "pca_result.parquet", "rejected.csv",
                                       "scree.svg", "projection.svg", "report.html"};
constexpr std::string_view kFolders[] = {"features/", "rejected/", "thumbs/", "fitted/", "_run/"};

Status RemoveEarlierRun(Folder& folder) {
  FRUITS_CHECK(folder.Remove(kRunJson));  // first: from here on the folder is not whole
  FRUITS_TRY(const auto names, folder.List(""));
  for (const std::string& name : names) {
    if (IsRunFile(name) && name != kStateJson) FRUITS_CHECK(folder.Remove(name));
  }
  return folder.Remove(kStateJson);  // last: until here the folder is known as ours
}

}  // namespace

bool IsRunFile(std::string_view name) {
  return std::ranges::find(kFiles, name) != std::end(kFiles) ||
         std::ranges::any_of(kFolders, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

Result<std::unique_ptr<Folder>> PrepareOutput(const RunOptions& options) {
  std::string working_directory = options.working_directory;
  if (working_directory.empty()) working_directory = std::filesystem::current_path().string();
  auto uri = ParseUri(options.output, working_directory);
  if (!uri) return std::unexpected(uri.error().WithContext("--output"));
  FRUITS_TRY(auto folder, Folder::Open(*uri));
  FRUITS_CHECK(folder->RemoveTemporaries());
  FRUITS_TRY(const auto names, folder->List(""));
  if (names.empty()) return folder;
  const auto has = [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
  if (!has(kRunJson) && !has(kStateJson)) {
    return Fail(ErrorCode::kFailedPrecondition,
                "--output " + folder->Address("") + ": expected an empty folder or an earlier run's, found " + names.front());
  }
  if (options.overwrite) FRUITS_CHECK(RemoveEarlierRun(*folder));
  return folder;
}

}  // namespace fruits
