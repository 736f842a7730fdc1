// fitted/ in a folder: written whole, read with its checks.
// Threads: any, one writer per folder. Memory: as Fitted.
#pragma once

#include <string>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "fruits/io/result_table.h"
#include "fruits/io/storage.h"
#include "fruits/stats/fitted.h"

namespace fruits {

Result<WrittenFiles> WriteFittedFolder(Folder& folder, const Fitted& fitted);
// `address` is a fitted/ folder, or a run's folder that holds one.
Result<Fitted> ReadFittedFolder(Storage& storage, const std::string& address,
                                const std::string& working_directory);

}  // namespace fruits
