// The output folder: whose it is, and what must go before something new is written.
// Threads: one caller.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "fruits/io/storage.h"
#include "fruits/pipeline/options.h"

namespace fruits {

struct OutputFolder {
  std::unique_ptr<Folder> folder;
  std::unique_ptr<Lease> lease;  // held as long as the command works there
};

// Opens and locks it; changes nothing. kFailedPrecondition: files in it that no run wrote, or another process
// at work.
Result<OutputFolder> LockOutput(Storage& storage, const std::string& address,
                                const std::string& working_directory);
// The same, and removes left temporaries.
Result<OutputFolder> OpenOutput(Storage& storage, const RunOptions& options);

// A file in the folder, whose names these are, that makes it none of ours; none: it is empty or a run's. A
// folder is a run's if its run.json, its state.json or one of its parts says so. kIo: it cannot be told, such
// as for a folder in the place of a record.
Result<std::optional<std::string>> FindForeign(const Folder& folder, const std::vector<std::string>& names);

// kInvalidArgument: an input that lies in the output folder, whose files come and go.
Status CheckInputsOutside(const RunOptions& options, const Folder& folder);
// True for a name that a run may have written.
bool IsRunFile(std::string_view name);
// One of a part's three files.
bool IsPartFile(std::string_view name);
// Everything that earlier runs left.
Status RemoveEarlierRun(Folder& folder);

// How far down the chain a command's own results begin: what lies below is of the past once it has written.
enum class Stage { kFeatures, kFit, kProjection };
// run.json first, since the folder is not whole from here on; then the results of `stage` and below.
Status BeginPublishing(Folder& folder, Stage stage);

}  // namespace fruits
