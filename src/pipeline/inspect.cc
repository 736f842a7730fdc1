#include <algorithm>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "fruits/io/storage.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/pipeline/run.h"
#include "fruits/pipeline/run_json.h"
#include "pipeline/extract.h"
#include "pipeline/output_folder.h"

namespace fruits {
namespace {

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

Result<FolderStatus> Inspect(const std::string& address, const std::string& working_directory) {
  FRUITS_TRY(const Uri uri, ParseUri(address, working_directory));
  Storage storage;
  FRUITS_TRY(const auto folder, storage.OpenFolder(uri));
  FolderStatus status;
  FRUITS_TRY(const auto holder, folder->LeaseHolder());
  const bool taken = holder.has_value();
  status.holder = holder.value_or("");
  FRUITS_TRY(const auto names, folder->List(""));
  if (names.empty() && !taken) return status;
  FRUITS_TRY(const bool has_run, folder->Exists(kRunJson));
  if (!taken) {
    FRUITS_TRY(const auto foreign, FindForeign(*folder, names));
    if (foreign) {
      status.kind = FolderStatus::Kind::kForeign;
      return status;
    }
  }
  FRUITS_CHECK(CountParts(*folder, status));
  auto state = FindRunState(*folder);
  if (!state && state.error().code() != ErrorCode::kCorrupt) return std::unexpected(std::move(state).error());
  if (!state) status.problem = state.error().message();
  if (state && *state) status.state = std::move(**state);
  if (taken || !has_run) {
    status.kind = taken ? FolderStatus::Kind::kRunning : FolderStatus::Kind::kUnfinished;
    return status;
  }
  if (const Status whole = CheckWholeFolder(*folder, Depth::kDigests); !whole) {
    status.kind = FolderStatus::Kind::kBroken;
    status.problem = whole.error().message();
    return status;
  }
  if (!state) {
    status.kind = FolderStatus::Kind::kBroken;
    return status;
  }
  FRUITS_TRY(status.brief, ReadRunBrief(*folder));
  status.kind = FolderStatus::Kind::kFinished;
  return status;
}

}  // namespace

Result<FolderStatus> InspectFolder(const std::string& address, const std::string& working_directory) {
  return Guard([&] { return Inspect(address, working_directory); });
}

Status CheckRunInputs(const RunOptions& options, const std::stop_token& stop) {
  return Guard([&]() -> Status {
    FRUITS_CHECK(GuardCpu());  // a bucket is listed by threads
    Storage storage(stop);
    return CheckInputs(options, storage);
  });
}

Status CheckOutput(const std::string& address, const std::string& working_directory) {
  return Guard([&]() -> Status {
    Storage storage;
    // The lease is a conditional write and its removal, which is all that a run needs.
    FRUITS_CHECK(LockOutput(storage, address, working_directory));
    return {};
  });
}

}  // namespace fruits
