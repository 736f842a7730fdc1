// The output folder before anything is written to it.
// Threads: one caller.
#pragma once

#include <memory>
#include <string>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "fruits/pipeline/options.h"

namespace fruits {

// Opens it; empties it of an earlier run with options.overwrite. kFailedPrecondition: files in it that no run wrote.
Result<std::unique_ptr<Folder>> PrepareOutput(const RunOptions& options);
// True for a name that a run may have written.
bool IsRunFile(std::string_view name);

}  // namespace fruits
