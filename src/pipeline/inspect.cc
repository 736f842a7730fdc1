#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "fruits/core/try.h"
#include "fruits/pipeline/run.h"
#include "fruits/pipeline/run_json.h"

namespace fruits {
namespace {

bool IsAlive(const RunState& state) {
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  return state.pid > 0 && state.host == host && kill(static_cast<pid_t>(state.pid), 0) == 0;
}

Status CountParts(const Folder& folder, FolderStatus& status) {
  FRUITS_TRY(const auto parts, ListFeatureParts(folder));
  for (const std::string& name : parts) {
    auto facts = ReadFeaturePartFacts(folder, name);
    if (!facts) {
      status.problem = facts.error().message();
      continue;
    }
    status.stored_rows += facts->rows;
    status.stored_rejected += facts->rejected;
  }
  return {};
}

}  // namespace

Result<FolderStatus> InspectFolder(const std::string& address, const std::string& working_directory) {
  FRUITS_TRY(const Uri uri, ParseUri(address, working_directory.empty() ? std::filesystem::current_path().string()
                                                                          : working_directory));
  FRUITS_TRY(const auto folder, Folder::Open(uri));
  FRUITS_TRY(const auto names, folder->List(""));
  FolderStatus status;
  if (names.empty()) return status;
  FRUITS_TRY(const bool has_run, folder->Exists(kRunJson));
  FRUITS_TRY(const bool has_state, folder->Exists(kStateJson));
  if (!has_run && !has_state) {
    status.kind = FolderStatus::Kind::kForeign;
    return status;
  }
  FRUITS_CHECK(CountParts(*folder, status));
  if (has_state) {
    FRUITS_TRY(status.state, ReadRunState(*folder));
  }
  if (!has_run) {
    status.kind = IsAlive(status.state) ? FolderStatus::Kind::kRunning : FolderStatus::Kind::kUnfinished;
    return status;
  }
  if (const Status whole = CheckWholeFolder(*folder, Depth::kDigests); !whole) {
    status.kind = FolderStatus::Kind::kBroken;
    status.problem = whole.error().message();
    return status;
  }
  FRUITS_TRY(status.brief, ReadRunBrief(*folder));
  status.kind = FolderStatus::Kind::kFinished;
  return status;
}

}  // namespace fruits
