// fitted/ in a folder: written whole, read with its checks.
//
//   FRUITS_TRY(const Fitted fitted, ReadFittedFolder(storage, "s3://bucket/results", ""));
//
// Threads: any, one writer per folder. Memory: as Fitted.
#pragma once

#include <string>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "fruits/io/result_table.h"
#include "fruits/io/storage.h"
#include "fruits/stats/fitted.h"

namespace fruits {

// Into fitted/ of a run's folder.
Result<WrittenFiles> WriteFittedFolder(Folder& folder, const Fitted& fitted);
// The two files into the folder at `address` itself; replaces a fit that is there. The folder's errors.
Status SaveFittedFolder(Storage& storage, const std::string& address, const std::string& working_directory,
                        const Fitted& fitted);
// `address` is a fitted/ folder, a run's folder that holds one, or what Spark's FruitsPCAModel saved (data/
// with the two files as rows). kNotFound, kCorrupt, kFailedPrecondition (the run's folder is not whole).
Result<Fitted> ReadFittedFolder(Storage& storage, const std::string& address,
                                const std::string& working_directory);

}  // namespace fruits
