// Models that lie in a bucket, brought to this machine's disk once.
//
//   FRUITS_TRY(Bundle bundle, store.Find("resnet50"));
//   FRUITS_TRY(bundle, FetchBundle(storage, std::move(bundle), cache_directory));
//
// `cache_directory` gets one folder for each set of files, named after their digests, or for a model without
// bundle.json after their ETags: so its files never change. Each is checked against its SHA-256 at every use,
// and fetched again where it differs. Files appear whole: any number of processes may do this at once, and
// the cache may be removed whenever no run has a model open.
//
// Errors: those of reading and writing, naming the address; kFailedPrecondition: no cache folder ("").
// Threads: any. Memory: a file up to 64 MiB; 8 MiB of a larger one.
#pragma once

#include <string>

#include "fruits/core/error.h"
#include "fruits/io/storage.h"
#include "fruits/model/bundle.h"

namespace fruits {

// The bundle as it is where it lies on a disk; else with its files there. kCorrupt: a file in the bucket is
// missing or has another digest than bundle.json says.
Result<Bundle> FetchBundle(Storage& storage, Bundle bundle, const std::string& cache_directory);

// The path of an .onnx or .xml, with its weights beside it, for BundleFromModelFile: `path_or_address` itself
// unless that is s3://. kNotFound.
Result<std::string> FetchModelFile(Storage& storage, const std::string& path_or_address,
                                   const std::string& cache_directory);

}  // namespace fruits
