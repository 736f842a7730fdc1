// A FileWriter on a local disk. The temporary is ".tmp-<pid>-<n>-<name>" beside the target, locked (flock)
// for as long as its writer lives: an unlocked one was left by a killed process, whatever machine or
// container that ran in. Threads: one a writer. Memory: 1 MiB.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "fruits/io/file.h"

namespace fruits::io {

inline constexpr std::string_view kTemporaryPrefix = ".tmp-";

// The folder of `path` exists.
Result<std::unique_ptr<FileWriter>> CreateLocalFile(const std::string& path);

// Removes the temporary at `path` unless a living writer holds it.
Status RemoveIfAbandoned(const std::string& path);

}  // namespace fruits::io
