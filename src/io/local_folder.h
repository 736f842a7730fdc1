// A Folder on a local disk. Threads: as Folder.
#pragma once

#include <memory>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"

namespace fruits::io {

Result<std::unique_ptr<Folder>> OpenLocalFolder(const Uri& uri);  // kInvalidArgument: not an absolute path

}  // namespace fruits::io
