// Features that a command works on: a run's folder or a Parquet file, what it keeps alive, what is known of
// it. Threads: one user. Memory: as FeatureRows.
#pragma once

#include <memory>
#include <string>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "fruits/io/storage.h"
#include "pipeline/feature_rows.h"

namespace fruits {

struct StoredFeatures {
  std::unique_ptr<Folder> folder;  // null: a file
  std::unique_ptr<FeatureRows> rows;
  std::string fingerprint;
  std::string record;  // the folder's run.json
};

// kNotFound; kFailedPrecondition: a folder that does not agree with its run.json, or has no state.json. The
// messages name the address.
Result<StoredFeatures> OpenStoredFeatures(Storage& storage, const std::string& address,
                                          const std::string& working_directory);

}  // namespace fruits
